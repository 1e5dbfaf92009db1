// Pretrained word vectors, found by a word's form.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrays.hpp"
#include "vocabulary.hpp"

namespace postagger {

/// Finds a word's vector under its form, the form in lower case, or either with all digits replaced by 0 or by #.
class PretrainedVectors {
public:
    /// Args: `settings`, a dictionary of `strings`, under which vectors are found; `rows`, (strings,) int64, each
    /// one's row of the table; `table`, (rows, size), float16 or float32, whose row 0 is for all other words.
    explicit PretrainedVectors(PyObject* settings);

    int size() const { return static_cast<int>(table_->size(1)); }

    /// The row of the table for an ASCII form.
    std::size_t row(PyObject* form);

    /// Writes a row of the table as float32.
    void write(std::size_t row, float* to) const;

private:
    Vocabulary strings_;
    std::vector<std::uint32_t> rows_;  // of the strings' numbers
    std::unique_ptr<ArrayView> table_;
    bool half_;
    std::string lower_, folded_;
};

}  // namespace postagger
