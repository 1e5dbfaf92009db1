// The words seen so far: their rows' numbers, and the answers given for them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "memory.hpp"
#include "prefetch.hpp"
#include "python.hpp"

namespace postagger {

/// What is known of a word, in one cache line.
struct alignas(kCacheLine) Word {
    static constexpr std::size_t kText = 18;

    Py_hash_t hash;
    PyObject* string;  // owned; null for the padding word and free entries
    PyObject* pair;    // owned: the first answer, (word, tag); null until there is one
    struct OtherPairs* others;
    std::uint32_t length;
    std::uint32_t uses;
    std::int32_t tag;  // of `pair`
    std::uint8_t kind;  // bytes in a character
    bool straight;      // a straight double quote
    char text[kText];   // the string's characters, if there is room for them
};

/// A hash table of words with Python's own hash of strings. All functions need Python's lock.
///
/// A word's number is that of its row. Numbers of forgotten words are used again, but only once no batch that
/// may know them is being computed: a batch lasts from `begin` to `end`. The table's references are to strings
/// and to tuples of strings, which can't be part of a cycle.
class WordTable {
public:
    static constexpr std::uint32_t kPadding = 0, kOpening = 1, kClosing = 2, kSpecial = 3;
    static constexpr std::uint32_t kMissing = UINT32_MAX;
    static constexpr Py_ssize_t kLongest = INT32_MAX;  // characters in a word

    WordTable();
    ~WordTable();
    WordTable(const WordTable&) = delete;
    WordTable& operator=(const WordTable&) = delete;

    void prefetch_slot(Py_hash_t hash) const;

    /// The number of the word in the first slot for a hash, which probably is the right one; it is prefetched.
    std::uint32_t guess(Py_hash_t hash) const;

    /// Whether a number is that of an exact string with the given hash.
    bool is(std::uint32_t number, PyObject* string, Py_hash_t hash) const;

    std::uint32_t find(PyObject* string, Py_hash_t hash) const;

    /// Makes room for more words, so that `insert` cannot fail. Returns one more than the largest number.
    std::uint32_t reserve(std::size_t more);

    /// The number that the next word to be inserted will get.
    std::uint32_t upcoming() const { return free_.empty() ? next_ : free_.back(); }

    /// Adds a word that is not in the table, with the number `upcoming()`.
    std::uint32_t insert(PyObject* string, Py_hash_t hash) noexcept;

    Word& operator[](std::uint32_t number) { return *words_[number]; }
    const Word& operator[](std::uint32_t number) const { return *words_[number]; }

    std::uint32_t size() const { return live_; }   // with the special words
    std::size_t letters() const { return letters_; }  // bytes in all words
    std::uint32_t numbers() const { return next_; }  // one more than the largest number given so far

    /// The answer for a word: a tuple that is made once. Borrowed.
    PyObject* pair(std::uint32_t number, std::int32_t tag, PyObject* tag_string);

    /// Forgets all but the `kept` most used words; what was used counts half from now on.
    void forget(std::uint32_t kept);

    std::uint64_t begin();
    void end(std::uint64_t batch) noexcept;
    bool alone() const { return batches_.size() == 1; }

    void clear() noexcept;

private:
    void place(std::uint32_t number) noexcept;
    void rebuild(std::size_t slots);
    void reuse_numbers() noexcept;
    void release(std::uint32_t number) noexcept;

    Rows<Word> words_{1};
    std::unique_ptr<std::uint64_t[]> slots_;  // the upper half of the hash and the number; 0: empty
    std::size_t mask_ = 0;
    std::uint32_t live_ = kSpecial, next_ = kSpecial, capacity_ = 0;
    std::size_t letters_ = 0;
    std::vector<std::uint32_t> free_;

    struct Forgotten {
        std::uint64_t time;
        std::uint32_t number;
    };
    std::vector<Forgotten> forgotten_;
    struct BatchBegun {
        std::uint64_t time;
        unsigned long thread;
    };
    std::vector<BatchBegun> batches_;  // being computed
    std::uint64_t time_ = 0;
    long process_;
};

/// The hash that a string has anyway.
inline Py_hash_t hash_of(PyObject* exact) {
    const Py_hash_t hash = reinterpret_cast<PyASCIIObject*>(exact)->hash;
    return hash != -1 ? hash : PyObject_Hash(exact);  // never fails for a string, nor calls Python
}

/// Whether two texts of the same size are equal; most are of 4 to 16 bytes.
inline bool same_text(const char* a, const char* b, std::size_t size) {
    const auto same = [&](auto part) {
        auto first = part, second = part, third = part, fourth = part;
        std::memcpy(&first, a, sizeof part);
        std::memcpy(&second, b, sizeof part);
        std::memcpy(&third, a + size - sizeof part, sizeof part);
        std::memcpy(&fourth, b + size - sizeof part, sizeof part);
        return ((first ^ second) | (third ^ fourth)) == 0;
    };
    if (size > 16) return std::memcmp(a, b, size) == 0;
    if (size >= 8) return same(std::uint64_t{});
    if (size >= 4) return same(std::uint32_t{});
    if (size >= 2) return same(std::uint16_t{});
    return size == 0 || *a == *b;
}

inline void WordTable::prefetch_slot(Py_hash_t hash) const {
    prefetch(&slots_[static_cast<std::size_t>(hash) & mask_]);
}

inline std::uint32_t WordTable::guess(Py_hash_t hash) const {
    const std::uint64_t slot = slots_[static_cast<std::size_t>(hash) & mask_];
    const auto number = static_cast<std::uint32_t>(slot);
    prefetch(words_[number]);  // of an empty slot: the padding word
    return number;
}

inline bool WordTable::is(std::uint32_t number, PyObject* string, Py_hash_t hash) const {
    const Word& word = *words_[number];
    if (word.string == string) return true;
    if (word.hash != hash || word.length != PyUnicode_GET_LENGTH(string)) return false;
    if (word.kind != PyUnicode_KIND(string) || !word.string) return false;
    const std::size_t bytes = std::size_t{word.length} * word.kind;
    const char* text = bytes <= Word::kText ? word.text : static_cast<const char*>(PyUnicode_DATA(word.string));
    return same_text(text, static_cast<const char*>(PyUnicode_DATA(string)), bytes);
}

}  // namespace postagger
