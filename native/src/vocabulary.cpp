#include "vocabulary.hpp"

#include <cstring>

#include "arrays.hpp"

namespace postagger {

namespace {

std::uint64_t start_of(std::string_view string) {
    std::uint64_t start = 0;
    std::memcpy(&start, string.data(), string.size() < 8 ? string.size() : 8);
    return start;
}

}  // namespace

/// Multiplies eight bytes at a time. A vocabulary is fixed, so nobody can choose strings that collide in it.
std::uint64_t Vocabulary::hash(std::string_view string) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    std::uint64_t code = string.size() * odd;
    while (true) {
        code = (code ^ start_of(string)) * odd;
        code ^= code >> 32;
        if (string.size() <= 8) return code;
        string.remove_prefix(8);
    }
}

Vocabulary::Vocabulary(PyObject* strings) : ends_{0} {
    if (!PyList_Check(strings)) raise(PyExc_TypeError, "a vocabulary must be a list of strings");
    const auto count = static_cast<std::size_t>(PyList_GET_SIZE(strings));
    std::size_t slots = 16;
    while (slots < 2 * count) slots *= 2;
    slots_.assign(slots, {0, 0, 0});
    mask_ = slots - 1;
    ends_.reserve(count + 1);
    std::string other;
    for (std::size_t i = 0; i < count; ++i) {
        PyObject* given = PyList_GET_ITEM(strings, i);
        std::string_view string;
        if (PyUnicode_Check(given) && PyUnicode_IS_ASCII(given)) {
            string = {static_cast<const char*>(PyUnicode_DATA(given)),
                      static_cast<std::size_t>(PyUnicode_GET_LENGTH(given))};
        } else {
            string = other = text_of(given);
        }
        text_ += string;
        ends_.push_back(text_.size());
        std::size_t slot = hash(string) & mask_;
        while (slots_[slot].number) slot = (slot + 1) & mask_;
        const auto number = static_cast<std::uint32_t>(ends_.size() - 2 + kFirst);
        slots_[slot] = {start_of(string), static_cast<std::uint32_t>(string.size()), number};
    }
}

std::uint32_t Vocabulary::find(std::string_view string, std::uint64_t hash) const {
    const std::uint64_t start = start_of(string);
    for (std::size_t s = hash & mask_; slots_[s].number; s = (s + 1) & mask_) {
        const Slot& slot = slots_[s];
        if (slot.start != start || slot.length != static_cast<std::uint32_t>(string.size())) continue;
        if (string.size() <= 8 || text(slot.number) == string) return slot.number;
    }
    return kUnknown;
}

}  // namespace postagger
