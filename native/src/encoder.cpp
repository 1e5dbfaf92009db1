#include "encoder.hpp"

#include <algorithm>
#include <cstring>

#include "arrays.hpp"

namespace postagger {

namespace {

constexpr std::size_t kMostKept = std::size_t{64} << 20;  // bytes of products
constexpr std::size_t kKeptAtFirst = std::size_t{1} << 18, kKeptAtOnce = kHugePage;

bool is_ascii_letter_or_digit(std::uint32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

Encoder::Encoder(PyObject* settings, int width, const Kernels& kernels)
    : kernels_(kernels),
      reader_(settings),
      form_(Ref::borrowed(entry(settings, "form"))),
      stride_(static_cast<int>(rounded_up(width, kBlock))) {
    if (!PyCallable_Check(form_.get())) raise(PyExc_TypeError, "form must be callable");
    PyObject *strings = entry(settings, "vocabularies"), *tables = entry(settings, "tables"),
             *characters = entry(settings, "characters"), *vectors = entry(settings, "vectors");
    const int columns = reader_.columns();
    if (!PyList_Check(strings) || !PyList_Check(tables) || PyList_GET_SIZE(strings) != columns ||
        PyList_GET_SIZE(tables) != columns) {
        raise(PyExc_ValueError, "vocabularies and tables must be lists with one entry for each column");
    }
    for (int c = 0; c < columns; ++c) {
        add_column(PyList_GET_ITEM(strings, c), PyList_GET_ITEM(tables, c), "table " + std::to_string(c));
    }
    if (vectors != Py_None) vectors_.emplace(vectors);
    if (characters != Py_None) convolution_.emplace(characters, kernels);
    characters_.size = convolution_ ? convolution_->filters() : 0;
    const FloatArray weight = float_array(entry(settings, "weight"), 2, "weight");
    const FloatArray bias = float_array(entry(settings, "bias"), 1, "bias");
    const std::size_t has_word = reader_.has_word();
    own_.size = (has_word ? columns_[0].part.size : 0) + (vectors_ ? vectors_->size() : 0);
    int inputs = own_.size + characters_.size;
    for (std::size_t c = has_word; c < columns_.size(); ++c) inputs += columns_[c].part.size;
    if (weight.rows != width || bias.rows != width || weight.columns != inputs) {
        raise(PyExc_ValueError, "weight and bias of the encoder do not fit width, tables and characters");
    }
    zeros_ = AlignedArray<float>(stride_);
    bias_ = AlignedArray<float>(stride_);
    std::fill_n(zeros_.data(), stride_, 0.0f);
    std::fill_n(bias_.data(), stride_, 0.0f);
    std::copy(bias.values.begin(), bias.values.end(), bias_.data());
    pack(weight.values, inputs, 0, own_);
    own_.layer.bias = bias_.data();
    int from = own_.size;
    for (std::size_t c = has_word; c < columns_.size(); ++c) {
        pack(weight.values, inputs, from, columns_[c].part);
        from += columns_[c].part.size;
    }
    if (convolution_) pack(weight.values, inputs, from, characters_);
    spare_.resize(columns_.size());
    unknown_word_ = AlignedArray<float>(stride_);
    inputs_.at_least(static_cast<std::size_t>(own_.size) + 1);
    write_own(Vocabulary::kUnknown, 0, inputs_.data());
    kernels_.affine(own_.layer, inputs_.data(), 1, unknown_word_.data());
    // The word's own part with the bias; affixes and shape; characters.
    part_count_ = 1 + columns_.size() - has_word + (convolution_ ? 1 : 0);
}

void Encoder::add_column(PyObject* strings, PyObject* table, const std::string& name) {
    Column column{Vocabulary(strings), {}, {}, {}};
    FloatArray rows = float_array(table, 2, name.c_str());
    if (static_cast<std::uint32_t>(rows.rows) != column.strings.size()) {
        raise(PyExc_ValueError, name + " has not one row for each string, padding and the unknown string");
    }
    column.part.size = rows.columns;
    column.embeddings = std::move(rows.values);
    column.products.assign(column.strings.size(), nullptr);
    columns_.push_back(std::move(column));
}

/// Packs a part of the first layer. Args: `weight`, (width, all); `from`, the part's first input.
void Encoder::pack(const std::vector<float>& weight, int all, int from, Part& part) {
    const int total = stride_ / kBlock, width = static_cast<int>(weight.size() / std::max(all, 1));
    part.weight = AlignedArray<float>(static_cast<std::size_t>(stride_) * part.size);
    float* to = part.weight.data();
    for (int block = 0; block < total; block += kPanel) {
        const int first = block * kBlock, lanes = std::min(kPanel, total - block) * kBlock;
        for (int i = 0; i < part.size; ++i) {
            for (int o = first; o < first + lanes; ++o) {
                *to++ = o < width ? weight[static_cast<std::size_t>(o) * all + from + i] : 0.0f;
            }
        }
    }
    part.layer = {part.size, total, part.weight.data(), zeros_.data()};
}

int Encoder::traverse(visitproc visit, void* arg) const {
    Py_VISIT(form_.get());
    Py_VISIT(reader_.characters().ask());
    return 0;
}

void Encoder::clear() {
    form_ = Ref();
    reader_.characters().clear();
}

bool Encoder::is_plain(PyObject* word) {
    if (!PyUnicode_IS_ASCII(word)) return false;
    // Brackets, quotes and dashes have names of their own (-LRB-): about single signs Python is asked.
    return PyUnicode_GET_LENGTH(word) != 1 || is_ascii_letter_or_digit(PyUnicode_READ_CHAR(word, 0));
}

Ref Encoder::form(PyObject* word) {
    if (is_plain(word)) return Ref::borrowed(word);
    if (!form_) raise(PyExc_RuntimeError, "the kernel has been cleared");
    Ref form = Ref::checked(PyObject_CallOneArg(form_.get(), word));
    if (!PyUnicode_CheckExact(form.get())) raise(PyExc_TypeError, "form must return a string");
    reader_.characters().learn(form.get());
    if (vectors_ && !PyUnicode_IS_ASCII(form.get())) return Ref();  // Python knows the rules of other digits
    return reader_.can_read(form.get()) ? std::move(form) : Ref();
}

/// Finds the numbers of a word's features, one for each column.
void Encoder::look_up(PyObject* form, std::uint32_t* numbers) {
    const std::string_view* strings = reader_.read(form);
    hashes_.resize(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) hashes_[c] = columns_[c].strings.prefetch_hash(strings[c]);
    for (std::size_t c = 0; c < columns_.size(); ++c) numbers[c] = columns_[c].strings.find(strings[c], hashes_[c]);
}

/// Memory for products that are kept; null if there is no more.
float* Encoder::room(std::size_t count) {
    const std::size_t size = count * stride_;
    if (kept_total_ + sizeof(float) * size > kMostKept) return nullptr;
    if (kept_.empty() || kept_used_ + size > kept_.back().size()) {
        const std::size_t bytes = kept_.empty() ? kKeptAtFirst : kKeptAtOnce;
        kept_.emplace_back(std::max(bytes / sizeof(float), size), Pages::either);
        if (kept_.back().size() * sizeof(float) == kHugePage) map_block(kept_.back().data());
        kept_used_ = 0;
    }
    float* to = kept_.back().data() + kept_used_;
    kept_used_ += size;
    kept_total_ += sizeof(float) * size;
    return to;
}

/// Adds the products of one of the words' features, and computes those that are missing.
void Encoder::add_products(std::size_t c, std::size_t count) {
    Column& column = columns_[c];
    const std::size_t columns = columns_.size();
    missing_.clear();
    for (std::size_t w = 0; w < count; ++w) {
        const std::uint32_t number = numbers_[w * columns + c];
        if (!column.products[number]) missing_.push_back(number);
    }
    std::sort(missing_.begin(), missing_.end());
    missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
    inputs_.at_least(missing_.size() * column.part.size + 1);
    float* kept = room(missing_.size());
    if (!kept) spare_[c].at_least(missing_.size() * stride_);
    float* to = kept ? kept : spare_[c].data();
    for (std::size_t m = 0; m < missing_.size(); ++m) {
        std::copy_n(column.embedding(missing_[m]), column.part.size, inputs_.data() + m * column.part.size);
        column.products[missing_[m]] = to + m * stride_;
    }
    kernels_.affine(column.part.layer, inputs_.data(), static_cast<int>(missing_.size()), to);
    const float** parts = parts_.data() + 1 + c - reader_.has_word();
    for (std::size_t w = 0; w < count; ++w) parts[w * part_count_] = column.products[numbers_[w * columns + c]];
    for (std::size_t m = 0; m < missing_.size() && !kept; ++m) column.products[missing_[m]] = nullptr;
}

/// Puts `inputs_`, (count, inputs), through a part of the layer.
void Encoder::affine(const Affine& layer, std::size_t count, AlignedArray<float>& out) {
    out.at_least(count * stride_ + 1);
    kernels_.affine(layer, inputs_.data(), static_cast<int>(count), out.data());
}

/// Writes the inputs of a word's own part: its embedding and its vector.
void Encoder::write_own(std::uint32_t number, std::size_t vector, float* to) const {
    if (reader_.has_word()) to = std::copy_n(columns_[0].embedding(number), columns_[0].part.size, to);
    if (vectors_) vectors_->write(vector, to);
}

/// Computes the words' own parts, with the bias.
void Encoder::add_own(std::size_t count) {
    const auto number_of = [&](std::size_t w) {
        return reader_.has_word() ? numbers_[w * columns_.size()] : Vocabulary::kUnknown;
    };
    inputs_.at_least(count * own_.size + 1);
    std::size_t known = 0;
    for (std::size_t w = 0; w < count; ++w) {
        if (number_of(w) == Vocabulary::kUnknown && !vector_rows_[w]) continue;
        write_own(number_of(w), vector_rows_[w], inputs_.data() + known++ * own_.size);
    }
    affine(own_.layer, known, word_rows_);
    const float* next = word_rows_.data();
    for (std::size_t w = 0; w < count; ++w) {
        const bool unknown = number_of(w) == Vocabulary::kUnknown && !vector_rows_[w];
        parts_[w * part_count_] = unknown ? unknown_word_.data() : next;
        if (!unknown) next += stride_;
    }
}

/// Computes the parts of the words' characters.
void Encoder::add_characters(PyObject* const* forms, std::size_t count) {
    inputs_.at_least(count * characters_.size + 1);
    for (std::size_t w = 0; w < count; ++w) convolution_->encode(forms[w], inputs_.data() + w * characters_.size);
    affine(characters_.layer, count, character_rows_);
    for (std::size_t w = 0; w < count; ++w) {
        parts_[(w + 1) * part_count_ - 1] = character_rows_.data() + w * stride_;
    }
}

void Encoder::encode(PyObject* const* forms, std::size_t count) {
    const std::size_t columns = columns_.size();
    numbers_.resize(count * columns);
    vector_rows_.assign(count, 0);
    parts_.resize(count * part_count_);
    for (std::size_t w = 0; w < count; ++w) look_up(forms[w], numbers_.data() + w * columns);
    for (std::size_t w = 0; w < count && vectors_; ++w) vector_rows_[w] = vectors_->row(forms[w]);
    add_own(count);
    if (convolution_) add_characters(forms, count);
    for (std::size_t c = reader_.has_word(); c < columns; ++c) add_products(c, count);
}

}  // namespace postagger
