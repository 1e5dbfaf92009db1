#include "word_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#if defined(_WIN32)
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif

namespace postagger {

/// Answers for a word besides the first one.
struct OtherPairs {
    struct Answer {
        std::int32_t tag;
        PyObject* pair;
    };
    std::vector<Answer> answers;
};

namespace {

constexpr std::uint64_t kUpper = 0xffffffff00000000;

}  // namespace

WordTable::WordTable() : process_(getpid()) {
    rebuild(1024);
    words_.reserve(kSpecial);
    capacity_ = kSpecial;
    for (std::uint32_t n = 0; n < kSpecial; ++n) *words_[n] = Word{};
}

WordTable::~WordTable() { clear(); }

std::uint32_t WordTable::find(PyObject* string, Py_hash_t hash) const {
    const auto code = static_cast<std::uint64_t>(hash);
    for (std::size_t slot = code & mask_; slots_[slot]; slot = (slot + 1) & mask_) {
        if ((slots_[slot] ^ code) & kUpper) continue;
        const auto number = static_cast<std::uint32_t>(slots_[slot]);
        if (is(number, string, hash)) return number;
    }
    return kMissing;
}

std::uint32_t WordTable::reserve(std::size_t more) {
    const std::size_t fresh = more > free_.size() ? more - free_.size() : 0;
    if (next_ + fresh >= kMissing) throw std::bad_alloc();
    if (next_ + fresh > capacity_) {
        const std::size_t capacity = std::min<std::size_t>(kMissing - 1, (next_ + fresh) * 3 / 2);
        words_.reserve(capacity);
        free_.reserve(capacity);  // so that `release` cannot fail
        capacity_ = static_cast<std::uint32_t>(capacity);
    }
    std::size_t slots = mask_ + 1;
    while (slots < 3 * (live_ + more)) slots *= 2;
    if (slots > mask_ + 1) rebuild(slots);
    return next_ + static_cast<std::uint32_t>(fresh);
}

std::uint32_t WordTable::insert(PyObject* string, Py_hash_t hash) noexcept {
    const std::uint32_t number = upcoming();
    if (free_.empty()) {
        ++next_;
    } else {
        free_.pop_back();
    }
    Word& word = *words_[number];
    word = Word{};
    word.hash = hash;
    word.string = string;
    Py_INCREF(string);
    word.length = static_cast<std::uint32_t>(PyUnicode_GET_LENGTH(string));
    word.kind = static_cast<std::uint8_t>(PyUnicode_KIND(string));
    word.tag = -1;
    const std::size_t bytes = static_cast<std::size_t>(PyUnicode_GET_LENGTH(string)) * word.kind;
    if (bytes <= Word::kText) std::memcpy(word.text, PyUnicode_DATA(string), bytes);
    letters_ += bytes;
    ++live_;
    place(number);
    return number;
}

void WordTable::place(std::uint32_t number) noexcept {
    const auto code = static_cast<std::uint64_t>(words_[number]->hash);
    std::size_t slot = code & mask_;
    while (slots_[slot]) slot = (slot + 1) & mask_;
    slots_[slot] = (code & kUpper) | number;
}

/// Makes a table of slots of another size, a power of two, with the same words.
void WordTable::rebuild(std::size_t slots) {
    auto old = std::move(slots_);
    const std::size_t count = old ? mask_ + 1 : 0;
    try {
        slots_ = std::make_unique<std::uint64_t[]>(slots);
    } catch (...) {
        slots_ = std::move(old);
        throw;
    }
    mask_ = slots - 1;
    for (std::size_t s = 0; s < count; ++s) {
        if (old[s]) place(static_cast<std::uint32_t>(old[s]));
    }
}

PyObject* WordTable::pair(std::uint32_t number, std::int32_t tag, PyObject* tag_string) {
    Word* word = words_[number];
    if (word->others) {
        for (const auto& answer : word->others->answers) {
            if (answer.tag == tag) return answer.pair;
        }
    }
    Ref made = Ref::checked(PyTuple_Pack(2, word->string, tag_string));
    // Two strings make no cycle. The collector finds that out by itself, but only once it has looked.
    PyObject_GC_UnTrack(made.get());
    // The collector may have run, and somebody else asked for the same: then it is kept twice, which is harmless.
    if (!word->pair) {
        word->tag = tag;
        return word->pair = made.release();
    }
    if (!word->others) word->others = new OtherPairs;
    word->others->answers.push_back({tag, made.get()});
    return made.release();
}

void WordTable::release(std::uint32_t number) noexcept {
    Word& word = *words_[number];
    if (word.others) {
        for (const auto& answer : word.others->answers) Py_DECREF(answer.pair);
        delete word.others;
    }
    Py_XDECREF(word.pair);
    Py_XDECREF(word.string);
    word = Word{};
    free_.push_back(number);
}

void WordTable::forget(std::uint32_t kept) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(live_);
    for (std::size_t s = 0; s <= mask_; ++s) {
        if (slots_[s]) numbers.push_back(static_cast<std::uint32_t>(slots_[s]));
    }
    if (numbers.size() <= kept) return;
    forgotten_.reserve(forgotten_.size() + numbers.size() - kept);
    const auto more_used = [&](std::uint32_t a, std::uint32_t b) { return words_[a]->uses > words_[b]->uses; };
    std::nth_element(numbers.begin(), numbers.begin() + kept, numbers.end(), more_used);
    std::memset(slots_.get(), 0, (mask_ + 1) * sizeof(std::uint64_t));
    letters_ = 0;
    for (std::size_t i = 0; i < kept; ++i) {
        Word& word = *words_[numbers[i]];
        word.uses /= 2;
        letters_ += std::size_t{word.length} * word.kind;
        place(numbers[i]);
    }
    for (std::size_t i = kept; i < numbers.size(); ++i) forgotten_.push_back({time_, numbers[i]});
    live_ = kept + kSpecial;
    reuse_numbers();
}

/// Frees the numbers of forgotten words of which no batch knows.
void WordTable::reuse_numbers() noexcept {
    if (forgotten_.empty()) return;
    std::uint64_t first = UINT64_MAX;
    for (const BatchBegun& batch : batches_) first = std::min(first, batch.time);
    const auto unknown = std::partition(forgotten_.begin(), forgotten_.end(),
                                        [&](const Forgotten& word) { return word.time >= first; });
    for (auto word = unknown; word != forgotten_.end(); ++word) release(word->number);
    forgotten_.erase(unknown, forgotten_.end());
}

std::uint64_t WordTable::begin() {
    const unsigned long thread = PyThread_get_thread_ident();
    if (const long process = getpid(); process != process_) {
        // A forked process has none of the other threads, and their batches never end.
        process_ = process;
        const auto elsewhere = [&](const BatchBegun& batch) { return batch.thread != thread; };
        batches_.erase(std::remove_if(batches_.begin(), batches_.end(), elsewhere), batches_.end());
    }
    batches_.push_back({time_ + 1, thread});
    return ++time_;
}

void WordTable::end(std::uint64_t time) noexcept {
    const auto same = [&](const BatchBegun& batch) { return batch.time == time; };
    const auto found = std::find_if(batches_.begin(), batches_.end(), same);
    if (found != batches_.end()) batches_.erase(found);
    reuse_numbers();
}

void WordTable::clear() noexcept {
    for (const Forgotten& word : forgotten_) release(word.number);
    forgotten_.clear();
    for (std::size_t s = 0; s <= mask_; ++s) {
        if (slots_[s]) release(static_cast<std::uint32_t>(std::exchange(slots_[s], 0)));
    }
    live_ = kSpecial;
    letters_ = 0;
}

}  // namespace postagger
