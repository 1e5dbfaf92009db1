// The first layer's output for new words, without Python: features, vocabularies, embeddings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "characters.hpp"
#include "kernels.hpp"
#include "memory.hpp"
#include "python.hpp"
#include "vocabulary.hpp"

namespace postagger {

/// Encodes words by their form, prefixes, suffixes and shape.
///
/// A row is affine in the embeddings of a word's features, so it is a sum of one product for each feature. The
/// products of affixes and shapes are kept: new words have few new ones. Those of words are not, but computed
/// for several words at a time.
class Encoder {
public:
    /// Args: `settings`, as `Kernel` takes them; `width`, the numbers in a row.
    Encoder(PyObject* settings, int width, const Kernels& kernels);

    Characters& characters() { return characters_; }

    /// Whether a word can be encoded without asking Python about its characters.
    static bool is_plain(PyObject* word);

    /// Whether a word can be encoded; its characters must be known. Other words have special rules.
    bool can_encode(PyObject* word) const;

    /// Encodes words for which `can_encode`: (count, stride()).
    void rows(PyObject* const* words, std::size_t count, float* out);

    int stride() const { return stride_; }

private:
    struct Column {
        Vocabulary strings;
        int size;                       // of an embedding
        std::vector<float> embeddings;  // (strings, size)
        AlignedArray<float> weight;
        Affine layer;                   // from an embedding to a row
        std::vector<float*> products;   // of each string, null as long as it is not needed
    };

    void add_column(PyObject* strings, PyObject* table, const std::string& name);
    void pack(const std::vector<float>& weight, int word_size);
    void read(PyObject* word);
    void read_ascii(const std::uint8_t* data, std::size_t length);
    void read_unicode(PyObject* word);
    void append_symbol(std::string_view symbol);
    void look_up(std::uint32_t* numbers) const;
    const float* product(Column& column, std::uint32_t number, float* spare);
    void word_products(const std::uint32_t* numbers, std::size_t count, float* out);

    const Kernels& kernels_;
    Characters characters_;
    bool lowercase_, fold_digits_, shape_, has_word_;
    int prefixes_, suffixes_, stride_;
    std::vector<Column> columns_;
    AlignedArray<float> zeros_, bias_, unknown_word_;  // the last one with the bias

    std::vector<AlignedArray<float>> kept_;  // memory for products, and what is used of it
    std::size_t kept_used_ = 0, kept_total_ = 0;

    // The word at hand in UTF-8.
    std::string form_, marked_, shape_text_;  // `marked_`: ^ and the word in lower case
    std::vector<std::size_t> ends_;           // of the characters of `marked_`
    std::string_view last_[2];                // the symbols at the end of the shape

    std::vector<std::uint32_t> numbers_;
    AlignedArray<float> spare_, embedded_, embedded_rows_;
};

}  // namespace postagger
