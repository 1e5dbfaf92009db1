#include "character_convolution.hpp"

#include <algorithm>
#include <string>

#include "arrays.hpp"

namespace postagger {

namespace {

constexpr std::uint32_t kPadding = 0;

/// Rows of `stride` numbers, of which those beyond a row's own are 0.
AlignedArray<float> padded(const FloatArray& array, int rows, int columns, int stride) {
    AlignedArray<float> result(static_cast<std::size_t>(rows) * stride);
    std::fill_n(result.data(), result.size(), 0.0f);
    for (int r = 0; r < rows; ++r) {
        std::copy_n(array.values.data() + static_cast<std::size_t>(r) * columns, columns,
                    result.data() + static_cast<std::size_t>(r) * stride);
    }
    return result;
}

}  // namespace

CharacterConvolution::CharacterConvolution(PyObject* settings, const Kernels& kernels)
    : kernels_(kernels), characters_(entry(settings, "vocabulary")) {
    const FloatArray bias = float_array(entry(settings, "bias"), 1, "bias of the characters");
    filters_ = bias.rows;
    stride_ = blocks(filters_) * kBlock;
    bias_ = padded(bias, 1, filters_, stride_);
    sums_ = AlignedArray<float>(stride_);
    PyObject* products = entry(settings, "products");
    if (!PyList_Check(products) || PyList_GET_SIZE(products) % 2 != 1) {
        raise(PyExc_ValueError, "products of the characters must be a list of an odd number of arrays");
    }
    width_ = static_cast<int>(PyList_GET_SIZE(products));
    for (int place = 0; place < width_; ++place) {
        const FloatArray product = float_array(PyList_GET_ITEM(products, place), 2, "products of the characters");
        if (static_cast<std::uint32_t>(product.rows) != characters_.size() || product.columns != filters_) {
            raise(PyExc_ValueError, "products of the characters do not fit their vocabulary and bias");
        }
        products_.push_back(padded(product, product.rows, filters_, stride_));
    }
    for (std::uint32_t c = 0; c < 128; ++c) {
        const char text = static_cast<char>(c);
        ascii_[c] = characters_[{&text, 1}];
    }
}

std::uint32_t CharacterConvolution::number(std::uint32_t character) const {
    if (character < 128) return ascii_[character];
    std::string text;
    append_utf8(text, character);
    return characters_[text];
}

void CharacterConvolution::encode(PyObject* form, float* out) {
    const int kind = PyUnicode_KIND(form);
    const void* data = PyUnicode_DATA(form);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(form), count = std::min(length, kLongest), around = width_ / 2;
    numbers_.assign(static_cast<std::size_t>(count + 2 * around), kPadding);
    for (Py_ssize_t i = 0; i < count; ++i) {
        const Py_ssize_t from = i < count / 2 ? i : length - count + i;
        numbers_[around + i] = number(PyUnicode_READ(kind, data, from));
    }
    rows_.clear();
    for (Py_ssize_t i = 0; i < count; ++i) {
        for (int place = 0; place < width_; ++place) {
            rows_.push_back(products_[place].data() + static_cast<std::size_t>(numbers_[i + place]) * stride_);
        }
    }
    kernels_.convolve(rows_.data(), static_cast<int>(count), width_, stride_, bias_.data(), sums_.data());
    std::copy_n(sums_.data(), filters_, out);
}

}  // namespace postagger
