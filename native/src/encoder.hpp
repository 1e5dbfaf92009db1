// The first layer's output for new words, without Python: features, vocabularies, embeddings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "character_convolution.hpp"
#include "kernels.hpp"
#include "memory.hpp"
#include "pretrained_vectors.hpp"
#include "python.hpp"
#include "vocabulary.hpp"
#include "word_reader.hpp"

namespace postagger {

/// Encodes words by their form: the form itself, its pretrained vector, prefixes, suffixes, shape and characters.
///
/// Everything about a word depends on its form, and the arithmetic has one order: two spellings of a word have
/// one row, to the last digit. A row is affine in the embeddings of a word's features, so it is a sum of one
/// product for each feature. The products of affixes and shapes are kept: new words have few new ones. Those of
/// words and of their characters are not, but computed for several words at a time.
class Encoder {
public:
    /// Args: `settings`, as `Kernel` takes them; `width`, the numbers in a row.
    Encoder(PyObject* settings, int width, const Kernels& kernels);

    /// Whether a word is its own form and can be encoded without asking Python anything.
    static bool is_plain(PyObject* word);

    /// A word's form if it can be encoded, or none. It may call Python, so other threads may run.
    Ref form(PyObject* word);

    /// Words whose parts stay in the processor's cache.
    static constexpr std::size_t kAtOnce = 128;

    /// Encodes forms of words, at most `kAtOnce`, so that `write` can write their rows.
    void encode(PyObject* const* forms, std::size_t count);

    /// Writes the row of one of the forms encoded last, rounded up to whole blocks.
    void write(std::size_t place, float* row) const {
        kernels_.sum_rows(parts_.data() + place * part_count_, static_cast<int>(part_count_), stride_, row);
    }

    int traverse(visitproc visit, void* arg) const;
    void clear();

private:
    /// A part of the first layer, from some of its inputs to a row.
    struct Part {
        int size;  // of the inputs
        AlignedArray<float> weight;
        Affine layer;  // without bias
    };
    struct Column {
        Vocabulary strings;
        std::vector<float> embeddings;  // (strings, size)
        Part part;
        std::vector<float*> products;   // of each string, null as long as it is not needed

        const float* embedding(std::uint32_t number) const {
            return embeddings.data() + static_cast<std::size_t>(number) * part.size;
        }
    };

    void add_column(PyObject* strings, PyObject* table, const std::string& name);
    void pack(const std::vector<float>& weight, int all, int from, Part& part);
    void look_up(PyObject* form, std::uint32_t* numbers);
    float* room(std::size_t count);
    void add_products(std::size_t c, std::size_t count);
    void add_own(std::size_t count);
    void write_own(std::uint32_t number, std::size_t vector, float* to) const;
    void add_characters(PyObject* const* forms, std::size_t count);
    void affine(const Affine& layer, std::size_t count, AlignedArray<float>& out);

    const Kernels& kernels_;
    WordReader reader_;
    Ref form_;
    int stride_;
    std::vector<Column> columns_;
    std::optional<PretrainedVectors> vectors_;
    std::optional<CharacterConvolution> convolution_;
    Part own_, characters_;  // `own_`: of a word's own embedding and its pretrained vector
    AlignedArray<float> zeros_, bias_, unknown_word_;  // the last one with the bias

    std::vector<AlignedArray<float>> kept_;  // memory for products, and what is used of it
    std::size_t kept_used_ = 0, kept_total_ = 0;

    // Of the words at hand: the numbers of their features; the parts of their rows, one after another.
    std::vector<std::uint32_t> numbers_, missing_;
    std::vector<std::size_t> vector_rows_;
    std::vector<std::uint64_t> hashes_;
    std::vector<const float*> parts_;
    std::size_t part_count_;
    std::vector<AlignedArray<float>> spare_;  // products that are not kept, of each column
    AlignedArray<float> inputs_, word_rows_, character_rows_;
};

}  // namespace postagger
