#include "pretrained_vectors.hpp"

#include <algorithm>
#include <cstring>

namespace postagger {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Half precision to single precision, which is exact.
float widened(std::uint16_t half) {
    std::uint32_t bits = std::uint32_t{half & 0x7fffu} << 13;
    float number;
    std::memcpy(&number, &bits, sizeof number);
    number *= 0x1p112f;  // the difference between the two biases of the exponent
    if ((half & 0x7c00) == 0x7c00) {  // infinite, or not a number
        bits |= 0x7f800000;
        std::memcpy(&number, &bits, sizeof number);
    }
    return half & 0x8000 ? -number : number;
}

bool is_half(PyObject* array) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(array, &buffer, PyBUF_ND) < 0) throw PythonError();
    const bool half = buffer.itemsize == 2;
    PyBuffer_Release(&buffer);
    return half;
}

}  // namespace

PretrainedVectors::PretrainedVectors(PyObject* settings)
    : strings_(entry(settings, "strings")), half_(is_half(entry(settings, "table"))) {
    table_ = std::make_unique<ArrayView>(entry(settings, "table"), half_ ? 'e' : 'f', "table of the vectors");
    const ArrayView rows(entry(settings, "rows"), 'i', "rows of the vectors");
    if (table_->dimensions() != 2 || rows.dimensions() != 1) {
        raise(PyExc_ValueError, "table and rows of the vectors have the wrong number of axes");
    }
    if (table_->size(0) < 1 || table_->size(0) > INT32_MAX || table_->size(1) > INT32_MAX ||
        rows.size(0) != strings_.size() - Vocabulary::kFirst) {
        raise(PyExc_ValueError, "table and rows of the vectors do not fit their strings");
    }
    rows_.assign(Vocabulary::kFirst, 0);
    for (Py_ssize_t s = 0; s < rows.size(0); ++s) {
        const std::int64_t row = rows.integers()[s];
        if (row < 0 || row >= table_->size(0)) raise(PyExc_ValueError, "the table of the vectors has no such row");
        rows_.push_back(static_cast<std::uint32_t>(row));
    }
}

std::size_t PretrainedVectors::row(PyObject* form) {
    const std::string_view text(static_cast<const char*>(PyUnicode_DATA(form)),
                                static_cast<std::size_t>(PyUnicode_GET_LENGTH(form)));
    if (const auto number = strings_[text]; number != Vocabulary::kUnknown) return rows_[number];
    lower_ = text;
    for (char& c : lower_) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (const auto number = strings_[lower_]; number != Vocabulary::kUnknown) return rows_[number];
    if (std::none_of(text.begin(), text.end(), is_digit)) return 0;
    for (const char sign : {'0', '#'}) {
        for (const std::string_view form_or_lower : {text, std::string_view(lower_)}) {
            folded_ = form_or_lower;
            std::replace_if(folded_.begin(), folded_.end(), is_digit, sign);
            if (const auto number = strings_[folded_]; number != Vocabulary::kUnknown) return rows_[number];
        }
    }
    return 0;
}

void PretrainedVectors::write(std::size_t row, float* to) const {
    const std::size_t size = static_cast<std::size_t>(table_->size(1)), first = row * size;
    if (half_) {
        std::transform(table_->halves() + first, table_->halves() + first + size, to, widened);
    } else {
        std::copy_n(table_->floats() + first, size, to);
    }
}

}  // namespace postagger
