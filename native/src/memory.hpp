// Aligned memory that is not initialised, in huge pages where that pays; and rows that never move.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(_WIN32)
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace postagger {

inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

inline std::size_t rounded_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

/// How large arrays are mapped. What is read at random for every token should be in huge pages: with pages of 4 kB
/// most reads would miss the page table's cache. But the first use of a huge page may cost ten times as much as that
/// of the same memory in small pages, in virtual machines that give free huge pages back to their host.
enum class Pages { normal, huge };

/// Maps memory that is about to be written, in half the time that its pages would take one by one.
inline void map_now(const void* start, std::size_t bytes) {
#if defined(__linux__)
    constexpr std::uintptr_t page = 4096;
    constexpr int populate_write = 23;  // MADV_POPULATE_WRITE, since Linux 5.14; what is older refuses, which is fine
    const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(start) / page * page;
    const std::uintptr_t to = rounded_up(reinterpret_cast<std::uintptr_t>(start) + bytes, page);
    madvise(reinterpret_cast<void*>(from), to - from, populate_write);
#else
    static_cast<void>(start);
    static_cast<void>(bytes);
#endif
}

/// An array that starts at a cache line; its numbers are not initialised.
template <class T>
class AlignedArray {
public:
    AlignedArray() = default;

    explicit AlignedArray(std::size_t size, Pages pages = Pages::huge) : size_(size) {
        if (size > SIZE_MAX / 2 / sizeof(T)) throw std::bad_alloc();
        const std::size_t bytes = size * sizeof(T);
        const std::size_t alignment = bytes >= kHugePage ? kHugePage : kCacheLine;
        data_.reset(static_cast<T*>(allocate(rounded_up(bytes + !bytes, alignment), alignment, pages)));
        if (!data_) throw std::bad_alloc();
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    T& operator[](std::size_t i) { return data_.get()[i]; }
    const T& operator[](std::size_t i) const { return data_.get()[i]; }

    /// Makes room for `size` numbers; what the array held is lost if it has to grow.
    void at_least(std::size_t size) {
        if (size > size_) *this = AlignedArray(size + size / 4);
    }

private:
    static void* allocate(std::size_t bytes, std::size_t alignment, Pages pages) {
#if defined(_WIN32)
        static_cast<void>(pages);
        return _aligned_malloc(bytes, alignment);
#else
        void* memory = std::aligned_alloc(alignment, bytes);
#if defined(__linux__)
        if (memory && alignment == kHugePage && pages == Pages::huge) madvise(memory, bytes, MADV_HUGEPAGE);
#else
        static_cast<void>(pages);
#endif
        return memory;
#endif
    }

    struct Free {
        void operator()(T* memory) const {
#if defined(_WIN32)
            _aligned_free(memory);
#else
            std::free(memory);
#endif
        }
    };

    std::unique_ptr<T, Free> data_;
    std::size_t size_ = 0;
};

/// Numbered rows of equal size that never move, so that threads can read some while others are added.
template <class T>
class Rows {
public:
    explicit Rows(std::size_t row_size, Pages pages = Pages::huge) : row_size_(row_size), pages_(pages) {
        while ((row_size_ * sizeof(T) << shift_) < kSegment && shift_ < 20) ++shift_;
    }

    /// Makes room for rows with numbers less than `rows`.
    void reserve(std::size_t rows) {
        while (segments_ << shift_ < rows) {
            if (segments_ == kMostSegments) throw std::bad_alloc();
            memory_[segments_] = AlignedArray<T>(row_size_ << shift_, pages_);
            ++segments_;
        }
        if (pages_ == Pages::huge) return;
        while (mapped_ < rows) {
            const std::size_t end = std::min(rounded_up(mapped_ + 1, std::size_t{1} << shift_), rounded_up(rows, kAtOnce));
            map_now((*this)[static_cast<std::uint32_t>(mapped_)], (end - mapped_) * row_bytes());
            mapped_ = end;
        }
    }

    T* operator[](std::uint32_t row) { return memory_[row >> shift_].data() + offset(row); }
    const T* operator[](std::uint32_t row) const { return memory_[row >> shift_].data() + offset(row); }

    std::size_t row_bytes() const { return row_size_ * sizeof(T); }

private:
    static constexpr std::size_t kMostSegments = 1 << 14;
    static constexpr std::size_t kSegment = 4 * kHugePage;  // bytes; only pages written to take memory
    static constexpr std::size_t kAtOnce = 16;  // rows that are mapped together, less than a segment

    std::size_t offset(std::uint32_t row) const {
        return (row & ((std::uint32_t{1} << shift_) - 1)) * row_size_;
    }

    std::size_t row_size_;
    Pages pages_;
    unsigned shift_ = 6;
    std::size_t segments_ = 0, mapped_ = 0;  // `mapped_`: rows, of those in normal pages
    // Of fixed size: a vector would move its segments' addresses while other threads read them.
    std::unique_ptr<AlignedArray<T>[]> memory_ = std::make_unique<AlignedArray<T>[]>(kMostSegments);
};

}  // namespace postagger
