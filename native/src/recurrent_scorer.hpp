// Recurrent networks as a scorer.
#pragma once

#include <atomic>

#include "recurrent.hpp"
#include "scorer.hpp"

namespace postagger {

/// A row holds a word's part of the first layer's gates: (directions, gates, hidden).
class RecurrentScorer final : public Scorer {
public:
    RecurrentScorer(Outputs outputs, const Kernels& kernels, int width, const RecurrentWeights& weights,
                    Precision precision, Isa isa);

    void reserve(std::size_t rows) override { rows_.reserve(rows); }
    float* new_row(std::uint32_t number, bool) noexcept override { return rows_[number]; }
    void set_row(std::uint32_t) noexcept override {}
    bool settle(std::uint32_t, bool) override { return false; }
    int tags(const Batch&, Buffers&, std::int32_t* tags, std::size_t stride) const override;
    void scores(const Batch&, Buffers&, float* scores) const override;
    int padding() const override { return 0; }
    std::size_t row_bytes() const override { return rows_.row_bytes(); }
    std::uint64_t rechecked() const override { return rechecked_; }

private:
    RecurrentBatch batch(const Batch&, Buffers&) const;

    Rows<float> rows_;
    Recurrent network_;
    mutable std::atomic<std::uint64_t> rechecked_{0};  // sentences
};

}  // namespace postagger
