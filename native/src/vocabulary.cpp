#include "vocabulary.hpp"

#include <cstring>

namespace postagger {

Vocabulary::Vocabulary(const std::vector<std::string>& strings) : ends_{0} {
    std::size_t slots = 16;
    while (slots < 2 * strings.size()) slots *= 2;
    slots_.assign(slots, 0);
    mask_ = slots - 1;
    for (const std::string& string : strings) {
        text_ += string;
        ends_.push_back(text_.size());
        const std::uint64_t code = hash(string);
        std::size_t slot = code & mask_;
        while (slots_[slot]) slot = (slot + 1) & mask_;
        slots_[slot] = (code & 0xffffffff00000000) | (ends_.size() - 2 + kFirst);
    }
}

std::uint32_t Vocabulary::operator[](std::string_view string) const {
    const std::uint64_t code = hash(string);
    for (std::size_t slot = code & mask_; slots_[slot]; slot = (slot + 1) & mask_) {
        if ((slots_[slot] ^ code) >> 32) continue;
        const auto number = static_cast<std::uint32_t>(slots_[slot]);
        if (text(number) == string) return number;
    }
    return kUnknown;
}

/// Multiplies eight bytes at a time. A vocabulary is fixed, so nobody can choose strings that collide in it.
std::uint64_t Vocabulary::hash(std::string_view string) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    const char* data = string.data();
    std::size_t left = string.size();
    std::uint64_t code = left * odd;
    const auto add = [&](std::uint64_t part) {
        code = (code ^ part) * odd;
        code ^= code >> 32;
    };
    for (; left >= 8; data += 8, left -= 8) {
        std::uint64_t part;
        std::memcpy(&part, data, 8);
        add(part);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, data, left);
    add(rest);
    return code * odd ^ code >> 29;
}

}  // namespace postagger
