// Aligned memory that is not initialised, in huge pages where it is large; and rows that never move.
#pragma once

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

/// An array that starts at a cache line; its numbers are not initialised.
template <class T>
class AlignedArray {
public:
    AlignedArray() = default;

    explicit AlignedArray(std::size_t size) : size_(size) {
        if (size > SIZE_MAX / 2 / sizeof(T)) throw std::bad_alloc();
        const std::size_t bytes = size * sizeof(T);
        const std::size_t alignment = bytes >= kHugePage ? kHugePage : kCacheLine;
        data_.reset(static_cast<T*>(allocate(rounded_up(bytes + !bytes, alignment), alignment)));
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
    static void* allocate(std::size_t bytes, std::size_t alignment) {
#if defined(_WIN32)
        return _aligned_malloc(bytes, alignment);
#else
        void* memory = std::aligned_alloc(alignment, bytes);
#if defined(__linux__)
        // Rows are read at random: with pages of 4 kB most reads would miss the page table's cache.
        if (memory && alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
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
    explicit Rows(std::size_t row_size) : row_size_(row_size) {
        while ((row_size_ * sizeof(T) << shift_) < kSegment && shift_ < 20) ++shift_;
    }

    /// Makes room for rows with numbers less than `rows`.
    void reserve(std::size_t rows) {
        while (segments_ << shift_ < rows) {
            if (segments_ == kMostSegments) throw std::bad_alloc();
            memory_[segments_] = AlignedArray<T>(row_size_ << shift_);
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
    unsigned shift_ = 6;
    std::size_t segments_ = 0;
    // Of fixed size: a vector would move its segments' addresses while other threads read them.
    std::unique_ptr<AlignedArray<T>[]> memory_ = std::make_unique<AlignedArray<T>[]>(kMostSegments);
};

}  // namespace postagger
