// From the rows of whole sentences to tags or tag scores.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"

namespace postagger {

/// The words of some whole sentences, with padding (row 0) between, before and after them.
struct Batch {
    const std::uint32_t* rows;     // (all places,) the row of the word at each place
    std::size_t all_places;
    const std::uint32_t* places;   // (tokens,) the place of each token
    int tokens;
    const std::uint32_t* lengths;  // (sentences,) none of them 0
    int sentences;
    bool quantised;                // what `Scorer::settle` returned
};

/// Memory for the arithmetic of one thread, kept for its next batch.
struct Buffers {
    AlignedArray<const float*> rows;
    AlignedArray<const std::int16_t*> quantised_rows;
    AlignedArray<std::uint32_t> uncertain;  // tokens
    AlignedArray<float> a, b, scores;
    std::vector<std::int64_t> lengths;
    std::vector<std::int32_t> best;
};

/// Where each head's outputs are: in the network one after another, in registers from a block of their own.
class Outputs {
public:
    explicit Outputs(std::vector<int> counts);

    int heads() const { return static_cast<int>(counts_.size()); }
    int total() const { return total_; }
    int total_blocks() const { return blocks_; }
    int stride() const { return blocks_ * kBlock; }
    int count(int head) const { return counts_[head]; }
    int first(int head) const { return firsts_[head]; }  // in the network's outputs
    int lane(int head) const { return lanes_[head].first_block * kBlock; }
    const std::vector<HeadBlocks>& lanes() const { return lanes_; }

    /// Copies values of all outputs from the network's order to that of registers; padding is left as it is.
    void spread(const float* values, float* lanes) const;
    /// The opposite of `spread`.
    void gather(const float* lanes, float* values) const;

private:
    std::vector<int> counts_, firsts_;
    std::vector<HeadBlocks> lanes_;
    int total_ = 0, blocks_ = 0;
};

/// The part of a network that follows its first layer, and the rows that this layer makes of words.
///
/// Rows are added by one thread at a time (the one that holds Python's lock), while others read other rows. A scorer
/// that computes in integers need not keep a row in float32 that can be made again: it lacks it.
class Scorer {
public:
    virtual ~Scorer() = default;

    /// Makes room for rows with numbers less than `rows`.
    virtual void reserve(std::size_t rows) = 0;

    /// Where a new row, (width,), is to be written, with room to round its width up to whole blocks. No batch may
    /// know its number yet. Afterwards `set_row` must be called.
    ///
    /// Args: `keep`, whether it has to be there in float32.
    virtual float* new_row(std::uint32_t number, bool keep) noexcept = 0;

    /// Takes over a new row.
    virtual void set_row(std::uint32_t number) noexcept = 0;

    /// Whether a row is not kept in float32.
    virtual bool lacks(std::uint32_t) const { return false; }

    /// Where a row that is lacking is to be written once more; then `set_lacking` must be called. Nobody reads it yet.
    virtual float* lacking_row(std::uint32_t) noexcept { return nullptr; }
    virtual void set_lacking(std::uint32_t) noexcept {}

    /// Whether `settle` would need all rows in float32. Args: as for `settle`.
    virtual bool wants_all(std::uint32_t, bool) const { return false; }

    /// Called after rows have been added and before a batch that reads them.
    ///
    /// Args: `rows`, one more than the largest number; `alone`, whether no other thread is reading any row.
    /// Returns: whether the batch can use quantised rows.
    virtual bool settle(std::uint32_t rows, bool alone) = 0;

    /// Computes the number of each token's tag for each head: (heads, `stride`).
    ///
    /// Returns: the number of tokens whose tags are uncertain; `Buffers::uncertain` lists them.
    virtual int tags(const Batch&, Buffers&, std::int32_t* tags, std::size_t stride) const = 0;

    /// Calls `found` with the number of each row that an uncertain token depends on.
    virtual void depends_on(const Batch&, std::uint32_t, const std::function<void(std::uint32_t)>&) const {}

    /// Computes the tags of uncertain tokens in float32; their rows must not be lacking.
    virtual void tag_uncertain(const Batch&, int, Buffers&, std::int32_t*, std::size_t) const {}

    /// Computes scores in float32, (tokens, outputs); rows must not be lacking.
    virtual void scores(const Batch&, Buffers&, float* scores) const = 0;

    /// Places of padding that every sentence needs before and after it.
    virtual int padding() const = 0;

    /// Bytes of a row, in all the ways in which it is kept.
    virtual std::size_t row_bytes() const = 0;

    /// Bytes of the rows of some words.
    virtual std::size_t bytes(std::size_t words) const { return words * row_bytes(); }

    /// Tokens whose tags were computed in float32 because they were uncertain in integers.
    virtual std::uint64_t rechecked() const { return 0; }

    const Outputs& outputs() const { return outputs_; }

protected:
    Scorer(Outputs outputs, const Kernels& kernels) : outputs_(std::move(outputs)), kernels_(kernels) {}

    Outputs outputs_;
    const Kernels& kernels_;
};

/// A scorer whose tokens depend on a window of words only, so that they can be computed in any order.
class WindowedScorer : public Scorer {
public:
    void reserve(std::size_t rows) override { rows_.reserve(rows); }
    float* new_row(std::uint32_t number, bool) noexcept override { return rows_[number]; }
    bool settle(std::uint32_t, bool) override { return false; }
    int tags(const Batch&, Buffers&, std::int32_t* tags, std::size_t stride) const override;
    void scores(const Batch&, Buffers&, float* scores) const override;
    int padding() const override { return std::max(left_, delays_ - 1 - left_); }
    std::size_t row_bytes() const override { return rows_.row_bytes(); }

protected:
    static constexpr int kTokens = 64;  // scored at a time, few enough to stay in the processor's cache

    /// Args: `units`, the numbers in a row for each place in the window; `pages`, huge if all batches read the rows.
    WindowedScorer(Outputs outputs, const Kernels& kernels, int left, int right, int units, Pages pages)
        : Scorer(std::move(outputs), kernels),
          left_(left),
          delays_(left + 1 + right),
          units_(units),
          rows_(static_cast<std::size_t>(delays_) * units, pages) {}

    /// Scores at most `kTokens` tokens: (tokens, outputs().stride()).
    virtual void score(const Windows<float>&, Buffers&, float* scores) const = 0;

    /// A row in float32.
    virtual const float* row(std::uint32_t number) const { return rows_[number]; }

    /// Looks up the float32 row of every place, or of the places in some tokens' windows.
    const float* const* row_of_places(const Batch&, Buffers&) const;
    const float* const* row_of_windows(const Batch&, const std::uint32_t* which, int tokens, Buffers&) const;

    /// Tags some tokens; `which` are their numbers in the batch, or null for the first `tokens`.
    void tag_exactly(const Batch&, const std::uint32_t* which, int tokens, Buffers&, std::int32_t* tags,
                     std::size_t stride) const;

    int left_, delays_, units_;
    Rows<float> rows_;
};

}  // namespace postagger
