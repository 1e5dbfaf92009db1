// Aligned memory that is not initialised, in huge pages where that pays; and rows that never move.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(_WIN32)
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#include <time.h>
#endif

namespace postagger {

inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

inline std::size_t rounded_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

/// How large arrays are mapped. Huge: what is read at random for every token, because with pages of 4 kB most reads
/// would miss the page table's cache. Either: the rest, in huge pages as long as the system has some at hand. In
/// virtual machines that give free memory back to their host, a huge page can take ten times as long as small ones.
/// Small: what is hardly used.
enum class Pages { huge, either, small };

#if defined(__linux__)

/// Maps memory that is about to be written, in half the time that its pages would take one by one.
inline void map_now(void* start, std::size_t bytes) {
    constexpr std::uintptr_t page = 4096;
    constexpr int populate_write = 23;  // MADV_POPULATE_WRITE, since Linux 5.14; what is older refuses, which is fine
    const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(start) / page * page;
    const std::uintptr_t to = rounded_up(reinterpret_cast<std::uintptr_t>(start) + bytes, page);
    madvise(reinterpret_cast<void*>(from), to - from, populate_write);
}

/// Maps a huge page, or as much memory in small ones if huge pages have been slow before.
inline void map_block(void* start) {
    constexpr std::int64_t slow = 1000000;  // nanoseconds; 80,000 to 300,000 are usual
    static std::atomic<bool> were_slow{false};
    if (were_slow.load(std::memory_order_relaxed)) {
        map_now(start, kHugePage);
        madvise(start, kHugePage, MADV_HUGEPAGE);  // the system may join the small ones some time
        return;
    }
    timespec began{}, ended{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
    madvise(start, kHugePage, MADV_HUGEPAGE);
    map_now(start, kHugePage);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
    const std::int64_t seconds = ended.tv_sec - began.tv_sec;
    const std::int64_t taken = seconds * 1000000000 + (ended.tv_nsec - began.tv_nsec);
    if (taken > slow) were_slow.store(true, std::memory_order_relaxed);
}

#else

inline void map_now(void*, std::size_t) {}
inline void map_block(void*) {}

#endif

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
    }

    T* operator[](std::uint32_t row) { return memory_[row >> shift_].data() + offset(row); }
    const T* operator[](std::uint32_t row) const { return memory_[row >> shift_].data() + offset(row); }

    std::size_t row_bytes() const { return row_size_ * sizeof(T); }

private:
    static constexpr std::size_t kMostSegments = 1 << 14;
    static constexpr std::size_t kSegment = 4 * kHugePage;  // bytes; only pages written to take memory

    std::size_t offset(std::uint32_t row) const {
        return (row & ((std::uint32_t{1} << shift_) - 1)) * row_size_;
    }

    std::size_t row_size_;
    Pages pages_;
    unsigned shift_ = 6;
    std::size_t segments_ = 0;
    // Of fixed size: a vector would move its segments' addresses while other threads read them.
    std::unique_ptr<AlignedArray<T>[]> memory_ = std::make_unique<AlignedArray<T>[]>(kMostSegments);
};

}  // namespace postagger
