// What the encoder has to know of characters; beyond ASCII it asks Python, once for each character.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "python.hpp"

namespace postagger {

/// A character in lower case and in the shape of a word.
struct Character {
    /// What it is in a shape: a sign of its own, a letter of a script without case, a mark or a joiner.
    enum class Kind : std::uint8_t { sign, script, mark, joiner };

    bool simple;         // the same in every form; if not, only Python can encode a word with it
    bool digit;          // a decimal digit, which folding replaces with 0
    Kind kind;
    std::string text;    // in UTF-8, as are the following
    std::string lower;
    std::string symbol;  // of a sign or a script
};

class Characters {
public:
    Characters();

    /// Args: `ask`, called with a code point; returns (simple, lower, symbol, digit). Borrowed.
    void set_ask(PyObject* ask) { ask_ = Ref::borrowed(ask); }
    PyObject* ask() const { return ask_.get(); }
    void clear() { ask_ = Ref(); }

    /// Asks about the characters of a string that are not known yet. It calls Python, so other threads may run.
    void learn(PyObject* string);

    /// A character that is known. ASCII characters always are.
    const Character& operator[](std::uint32_t code) const { return code < 128 ? ascii_[code] : others_.at(code); }

private:
    Character answer(std::uint32_t code) const;

    Ref ask_;
    Character ascii_[128];
    std::unordered_map<std::uint32_t, Character> others_;
};

}  // namespace postagger
