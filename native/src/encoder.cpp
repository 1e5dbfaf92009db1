#include "encoder.hpp"

#include <algorithm>
#include <cstring>

#include "arrays.hpp"

namespace postagger {

namespace {

constexpr std::size_t kMostKept = std::size_t{32} << 20;  // bytes of products
constexpr std::size_t kKeptAtOnce = std::size_t{2} << 20;
constexpr int kLongestAffix = 64;

bool is_ascii_letter_or_digit(std::uint32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

Encoder::Encoder(PyObject* settings, int width, const Kernels& kernels)
    : kernels_(kernels),
      lowercase_(bool_entry(settings, "lowercase")),
      fold_digits_(bool_entry(settings, "fold_digits")),
      shape_(bool_entry(settings, "shape")),
      has_word_(bool_entry(settings, "has_word")),
      prefixes_(int_entry(settings, "prefixes", 0, kLongestAffix)),
      suffixes_(int_entry(settings, "suffixes", 0, kLongestAffix)),
      stride_(static_cast<int>(rounded_up(width, kBlock))) {
    PyObject *ask = entry(settings, "char_info"), *strings = entry(settings, "vocabularies"),
             *tables = entry(settings, "tables");
    if (!PyCallable_Check(ask)) raise(PyExc_TypeError, "char_info must be callable");
    characters_.set_ask(ask);
    const int columns = has_word_ + prefixes_ + suffixes_ + shape_;
    if (!PyList_Check(strings) || !PyList_Check(tables) || PyList_GET_SIZE(strings) != columns ||
        PyList_GET_SIZE(tables) != columns) {
        raise(PyExc_ValueError, "vocabularies and tables must be lists with one entry for each column");
    }
    for (int c = 0; c < columns; ++c) {
        add_column(PyList_GET_ITEM(strings, c), PyList_GET_ITEM(tables, c), "table " + std::to_string(c));
    }
    const FloatArray weight = float_array(entry(settings, "weight"), 2, "weight");
    const FloatArray bias = float_array(entry(settings, "bias"), 1, "bias");
    int word_size = 0;
    for (const Column& column : columns_) word_size += column.size;
    if (weight.rows != width || bias.rows != width || weight.columns != word_size) {
        raise(PyExc_ValueError, "weight and bias of the encoder do not fit width and tables");
    }
    zeros_ = AlignedArray<float>(stride_);
    bias_ = AlignedArray<float>(stride_);
    std::fill_n(zeros_.data(), stride_, 0.0f);
    std::fill_n(bias_.data(), stride_, 0.0f);
    std::copy(bias.values.begin(), bias.values.end(), bias_.data());
    pack(weight.values, word_size);
    spare_ = AlignedArray<float>(static_cast<std::size_t>(columns + 1) * stride_);
    if (has_word_) {
        unknown_word_ = AlignedArray<float>(stride_);
        const float* parts[] = {bias_.data(), product(columns_[0], Vocabulary::kUnknown, spare_.data())};
        kernels_.sum_rows(parts, 2, stride_, unknown_word_.data());
    }
}

void Encoder::add_column(PyObject* strings, PyObject* table, const std::string& name) {
    if (!PyList_Check(strings)) raise(PyExc_TypeError, "a vocabulary must be a list of strings");
    std::vector<std::string> texts;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(strings); ++i) texts.push_back(text_of(PyList_GET_ITEM(strings, i)));
    Column column{Vocabulary(texts), 0, {}, {}, {}, {}};
    FloatArray rows = float_array(table, 2, name.c_str());
    if (static_cast<std::uint32_t>(rows.rows) != column.strings.size()) {
        raise(PyExc_ValueError, name + " has not one row for each string, padding and the unknown string");
    }
    column.size = rows.columns;
    column.embeddings = std::move(rows.values);
    column.products.assign(column.strings.size(), nullptr);
    columns_.push_back(std::move(column));
}

/// Packs each column's part of the first layer. Args: `weight`, (width, word_size).
void Encoder::pack(const std::vector<float>& weight, int word_size) {
    const int total = stride_ / kBlock, width = static_cast<int>(weight.size() / std::max(word_size, 1));
    int from = 0;
    for (Column& column : columns_) {
        column.weight = AlignedArray<float>(static_cast<std::size_t>(stride_) * column.size);
        float* to = column.weight.data();
        for (int block = 0; block < total; block += kPanel) {
            const int first = block * kBlock, lanes = std::min(kPanel, total - block) * kBlock;
            for (int i = 0; i < column.size; ++i) {
                for (int o = first; o < first + lanes; ++o) {
                    *to++ = o < width ? weight[static_cast<std::size_t>(o) * word_size + from + i] : 0.0f;
                }
            }
        }
        column.layer = {column.size, total, column.weight.data(), zeros_.data()};
        from += column.size;
    }
}

bool Encoder::is_plain(PyObject* word) {
    if (!PyUnicode_IS_ASCII(word)) return false;
    // Brackets, quotes and dashes have names of their own (-LRB-): about single signs Python is asked.
    return PyUnicode_GET_LENGTH(word) != 1 || is_ascii_letter_or_digit(PyUnicode_READ_CHAR(word, 0));
}

bool Encoder::can_encode(PyObject* word) const {
    if (PyUnicode_IS_ASCII(word)) return is_plain(word);
    const int kind = PyUnicode_KIND(word);
    const void* data = PyUnicode_DATA(word);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(word);
    if (length == 1) return false;
    for (Py_ssize_t i = 0; i < length; ++i) {
        const std::uint32_t c = PyUnicode_READ(kind, data, i);
        // These two signs stand for themselves in the shape of a word in ASCII only.
        if (c == '^' || c == '`' || !characters_[c].simple) return false;
    }
    return true;
}

void Encoder::read(PyObject* word) {
    form_.clear();
    marked_.assign(1, '^');
    shape_text_.clear();
    last_[0] = last_[1] = {};
    ends_.assign(1, 1);
    if (PyUnicode_IS_ASCII(word)) {
        read_ascii(PyUnicode_1BYTE_DATA(word), static_cast<std::size_t>(PyUnicode_GET_LENGTH(word)));
    } else {
        read_unicode(word);
    }
}

void Encoder::read_ascii(const std::uint8_t* data, std::size_t length) {
    char before = 0, second = 0;  // the symbols at the end of the shape
    form_.resize(length);
    marked_.resize(length + 1);
    ends_.resize(length + 1);
    shape_text_.resize(length);
    std::size_t shape = 0;
    for (std::size_t i = 0; i < length; ++i) {
        char c = static_cast<char>(data[i]), symbol = c, lower = c;
        if (c >= 'a' && c <= 'z') {
            symbol = 'x';
        } else if (c >= 'A' && c <= 'Z') {
            symbol = 'X';
            lower = static_cast<char>(c + 32);
        } else if (c >= '0' && c <= '9') {
            symbol = 'd';
            if (fold_digits_) c = lower = '0';
        }
        form_[i] = c;
        marked_[i + 1] = lower;
        ends_[i + 1] = i + 2;
        // Runs are cut to two; those of line feeds are not, since a dot in Python's expressions is none.
        const bool third = shape >= 2 && symbol == before && symbol == second && symbol != '\n';
        if (!third) shape_text_[shape++] = symbol;
        second = before;
        before = symbol;
    }
    shape_text_.resize(shape);
}

void Encoder::read_unicode(PyObject* word) {
    const int kind = PyUnicode_KIND(word);
    const void* data = PyUnicode_DATA(word);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(word);
    for (Py_ssize_t i = 0; i < length; ++i) {
        const Character& c = characters_[PyUnicode_READ(kind, data, i)];
        const bool folded = c.digit && fold_digits_;
        form_ += folded ? "0" : c.form;
        marked_ += folded ? "0" : c.lower;
        ends_.push_back(marked_.size());
        append_symbol(folded ? "d" : std::string_view(c.symbol));
    }
}

void Encoder::append_symbol(std::string_view symbol) {
    const bool third = symbol == last_[0] && symbol == last_[1] && symbol != "\n";
    if (!third) shape_text_ += symbol;
    last_[1] = last_[0];
    last_[0] = symbol;
}

/// The numbers of the word's features, one for each column.
void Encoder::look_up(std::uint32_t* numbers) const {
    const std::size_t length = ends_.size() - 1;  // in characters
    const std::string_view marked = marked_, lower = marked.substr(1);
    auto column = columns_.begin();
    const auto add = [&](std::string_view text) { *numbers++ = (column++)->strings[text]; };
    if (has_word_) add(lowercase_ ? lower : std::string_view(form_));
    for (std::size_t n = 1; n <= static_cast<std::size_t>(prefixes_); ++n) {
        add(lower.substr(0, ends_[std::min(n, length)] - 1));
    }
    for (std::size_t n = 1; n <= static_cast<std::size_t>(suffixes_); ++n) {
        add(marked.substr(n > length ? 0 : ends_[length - n]));
    }
    if (shape_) add(shape_text_);
}

/// A feature's part of a row; in `spare` if there is no room to keep it.
const float* Encoder::product(Column& column, std::uint32_t number, float* spare) {
    float*& kept = column.products[number];
    if (kept) return kept;
    float* to = spare;
    const std::size_t bytes = sizeof(float) * stride_;
    if (kept_total_ + bytes <= kMostKept) {
        if (kept_.empty() || kept_used_ + stride_ > kept_.back().size()) {
            kept_.emplace_back(std::max(kKeptAtOnce / sizeof(float), static_cast<std::size_t>(stride_)));
            kept_used_ = 0;
        }
        to = kept = kept_.back().data() + kept_used_;
        kept_used_ += stride_;
        kept_total_ += bytes;
    }
    const float* embedding = column.embeddings.data() + static_cast<std::size_t>(number) * column.size;
    kernels_.affine(column.layer, embedding, 1, to);
    return to;
}

/// The part of the word itself and the bias, for the known ones of some words: (count, stride).
void Encoder::word_products(const std::uint32_t* numbers, std::size_t count, float* out) {
    const Column& column = columns_[0];
    embedded_.at_least(count * column.size + 1);
    std::vector<std::size_t> known;
    for (std::size_t w = 0; w < count; ++w) {
        const std::uint32_t number = numbers[w * columns_.size()];
        if (number == Vocabulary::kUnknown) continue;
        std::copy_n(column.embeddings.data() + static_cast<std::size_t>(number) * column.size, column.size,
                    embedded_.data() + known.size() * column.size);
        known.push_back(w);
    }
    embedded_rows_.at_least(known.size() * stride_ + 1);
    Affine layer = column.layer;
    layer.bias = bias_.data();
    kernels_.affine(layer, embedded_.data(), static_cast<int>(known.size()), embedded_rows_.data());
    for (std::size_t k = 0; k < known.size(); ++k) {
        std::copy_n(embedded_rows_.data() + k * stride_, stride_, out + known[k] * stride_);
    }
}

void Encoder::rows(PyObject* const* words, std::size_t count, float* out) {
    const std::size_t columns = columns_.size();
    numbers_.resize(count * columns + 1);
    for (std::size_t w = 0; w < count; ++w) {
        read(words[w]);
        look_up(numbers_.data() + w * columns);
    }
    if (has_word_) word_products(numbers_.data(), count, out);
    std::vector<const float*> parts(columns + 1);
    for (std::size_t w = 0; w < count; ++w, out += stride_) {
        const std::uint32_t* numbers = numbers_.data() + w * columns;
        parts[0] = !has_word_ ? bias_.data() : numbers[0] == Vocabulary::kUnknown ? unknown_word_.data() : out;
        for (std::size_t c = has_word_; c < columns; ++c) {
            parts[c + !has_word_] = product(columns_[c], numbers[c], spare_.data() + c * stride_);
        }
        kernels_.sum_rows(parts.data(), static_cast<int>(columns + !has_word_), stride_, out);
    }
}

}  // namespace postagger
