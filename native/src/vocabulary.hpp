// A fixed set of strings and their numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prefetch.hpp"
#include "python.hpp"

namespace postagger {

/// Strings numbered from 2; 0 is padding, 1 is the unknown string.
class Vocabulary {
public:
    static constexpr std::uint32_t kUnknown = 1, kFirst = 2;

    /// Args: `strings`, a list.
    explicit Vocabulary(PyObject* strings);

    std::uint32_t operator[](std::string_view string) const { return find(string, hash(string)); }

    /// As operator[], in two steps: between them, what the second one reads may come from memory.
    std::uint64_t prefetch_hash(std::string_view string) const {
        const std::uint64_t code = hash(string);
        prefetch(&slots_[code & mask_]);
        return code;
    }
    std::uint32_t find(std::string_view string, std::uint64_t hash) const;

    std::uint32_t size() const { return static_cast<std::uint32_t>(ends_.size()) - 1 + kFirst; }

private:
    /// A string's first eight bytes are in its slot: most affixes and shapes are found with one look at memory.
    struct Slot {
        std::uint64_t start;
        std::uint32_t length;
        std::uint32_t number;  // 0: empty
    };

    static std::uint64_t hash(std::string_view string);

    std::string_view text(std::uint32_t number) const {
        const std::size_t i = number - kFirst;
        return {text_.data() + ends_[i], ends_[i + 1] - ends_[i]};
    }

    std::string text_;               // of all strings, one after another
    std::vector<std::size_t> ends_;  // of each string; the first is 0
    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
};

}  // namespace postagger
