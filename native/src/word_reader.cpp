#include "word_reader.hpp"

#include <algorithm>

#include "arrays.hpp"

namespace postagger {

namespace {

constexpr int kLongestAffix = 64;

}  // namespace

WordReader::WordReader(PyObject* settings)
    : lowercase_(bool_entry(settings, "lowercase")),
      fold_digits_(bool_entry(settings, "fold_digits")),
      shape_(bool_entry(settings, "shape")),
      has_word_(bool_entry(settings, "has_word")),
      prefixes_(int_entry(settings, "prefixes", 0, kLongestAffix)),
      suffixes_(int_entry(settings, "suffixes", 0, kLongestAffix)),
      strings_(static_cast<std::size_t>(columns())) {
    PyObject* ask = entry(settings, "char_info");
    if (!PyCallable_Check(ask)) raise(PyExc_TypeError, "char_info must be callable");
    characters_.set_ask(ask);
}

bool WordReader::can_read(PyObject* form) const {
    if (PyUnicode_IS_ASCII(form)) return true;
    const int kind = PyUnicode_KIND(form);
    const void* data = PyUnicode_DATA(form);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(form);
    for (Py_ssize_t i = 0; i < length; ++i) {
        if (!characters_[PyUnicode_READ(kind, data, i)].simple) return false;
    }
    return true;
}

const std::string_view* WordReader::read(PyObject* form) {
    if (PyUnicode_IS_ASCII(form)) {
        read_ascii(PyUnicode_1BYTE_DATA(form), static_cast<std::size_t>(PyUnicode_GET_LENGTH(form)));
    } else {
        read_unicode(form);
    }
    const std::size_t length = ends_.size() - 1;  // in characters
    const std::string_view marked = marked_, lower = marked.substr(1);
    auto string = strings_.begin();
    if (has_word_) *string++ = lowercase_ ? lower : std::string_view(form_);
    for (std::size_t n = 1; n <= static_cast<std::size_t>(prefixes_); ++n) {
        *string++ = lower.substr(0, ends_[std::min(n, length)] - 1);
    }
    for (std::size_t n = 1; n <= static_cast<std::size_t>(suffixes_); ++n) {
        *string++ = marked.substr(n > length ? 0 : ends_[length - n]);
    }
    if (shape_) *string++ = shape_text_;
    return strings_.data();
}

void WordReader::read_ascii(const std::uint8_t* data, std::size_t length) {
    char before = 0, second = 0;  // the symbols at the end of the shape
    form_.resize(length);
    marked_.resize(length + 1);
    ends_.resize(length + 1);
    shape_text_.resize(length);
    marked_[0] = '^';
    ends_[0] = 1;
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

void WordReader::read_unicode(PyObject* form) {
    const int kind = PyUnicode_KIND(form);
    const void* data = PyUnicode_DATA(form);
    const Py_ssize_t length = PyUnicode_GET_LENGTH(form);
    form_.clear();
    marked_.assign(1, '^');
    ends_.assign(1, 1);
    symbols_.clear();
    bool scripts = false, cased = false, marks = false, joiners = false;
    for (Py_ssize_t i = 0; i < length; ++i) {
        const Character& read = characters_[PyUnicode_READ(kind, data, i)];
        const Character& c = read.digit && fold_digits_ ? characters_['0'] : read;
        form_ += c.text;
        marked_ += c.lower;
        ends_.push_back(marked_.size());
        marks |= c.kind == Character::Kind::mark;
        joiners |= c.kind == Character::Kind::joiner;
        scripts |= c.kind == Character::Kind::script;
        cased |= c.symbol == "X" || c.symbol == "x";
        if (c.kind <= Character::Kind::script) symbols_.push_back(c.symbol);
    }
    shape_text_.clear();
    add_shape(symbols_, scripts);
    if (joiners && !cased) shape_text_ += 'j';
    if (marks && !cased) shape_text_ += 'm';
}

/// Writes the shape of a word without its marks. Args: `scripts`, whether there are letters without case.
void WordReader::add_shape(const std::vector<std::string_view>& symbols, bool scripts) {
    std::size_t kinds = 0;  // of runs
    std::string_view before, second;
    for (const std::string_view symbol : symbols) {
        if (scripts) {
            kinds += symbol != before;
            if (symbol != before && kinds <= 2) shape_text_ += symbol;
        } else if (symbol != before || symbol != second || symbol == "\n") {
            shape_text_ += symbol;
        }
        second = before;
        before = symbol;
    }
    if (!scripts) return;
    if (kinds > 2) shape_text_ += before;
    if (kinds == 1) shape_text_ += static_cast<char>('0' + std::min<std::size_t>(symbols.size(), 3));
}

}  // namespace postagger
