// The strings to look up for a word: its form, its prefixes and suffixes, its shape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "characters.hpp"
#include "python.hpp"

namespace postagger {

class WordReader {
public:
    /// Args: `settings`, the encoder's, as `Kernel` takes them.
    explicit WordReader(PyObject* settings);

    Characters& characters() { return characters_; }
    const Characters& characters() const { return characters_; }
    bool has_word() const { return has_word_; }
    int columns() const { return has_word_ + prefixes_ + suffixes_ + shape_; }

    /// Whether a form can be read; its characters must be known. Others have special rules.
    bool can_read(PyObject* form) const;

    /// Reads a form. Returns one string for each column, in UTF-8; they last until the next call.
    const std::string_view* read(PyObject* form);

private:
    void read_ascii(const std::uint8_t* data, std::size_t length);
    void read_unicode(PyObject* form);
    void add_shape(const std::vector<std::string_view>& symbols, bool scripts);

    bool lowercase_, fold_digits_, shape_, has_word_;
    int prefixes_, suffixes_;
    Characters characters_;

    std::string form_, marked_, shape_text_;  // `marked_`: ^ and the word in lower case
    std::vector<std::size_t> ends_;           // of the characters of `marked_`
    std::vector<std::string_view> symbols_;   // of the characters in the shape
    std::vector<std::string_view> strings_;
};

}  // namespace postagger
