// A convolution over the characters of a word.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"
#include "python.hpp"
#include "vocabulary.hpp"

namespace postagger {

/// The largest activation of each filter (ReLU) over a word's characters.
///
/// Each character's product at each place in the filters is given, so that an activation is a sum of few rows.
class CharacterConvolution {
public:
    /// Args: `settings`, a dictionary of `vocabulary`, `products` (an array (characters, filters) for each place in
    /// the filters) and `bias`.
    CharacterConvolution(PyObject* settings, const Kernels& kernels);

    int filters() const { return filters_; }

    /// Computes (filters,) for a word's form, however it is written.
    void encode(PyObject* form, float* out);

private:
    static constexpr Py_ssize_t kLongest = 32;  // of a longer word, the first and the last half of this number

    std::uint32_t number(std::uint32_t character) const;

    const Kernels& kernels_;
    Vocabulary characters_;
    std::uint32_t ascii_[128];  // the characters' numbers
    int filters_, stride_, width_;
    std::vector<AlignedArray<float>> products_;
    AlignedArray<float> bias_, sums_;
    std::vector<std::uint32_t> numbers_;
    std::vector<const float*> rows_;
};

}  // namespace postagger
