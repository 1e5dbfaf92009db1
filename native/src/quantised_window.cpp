#include "quantised_window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace postagger {

namespace {

constexpr double kHeadroom = 1.5;  // of the range over the largest number so far ...
constexpr double kShared = 0.1;    // ... and the part of a unit's range that every place gets besides
constexpr double kSumRange = 32767;
constexpr double kScoreRange = 1 << 30;  // of scores before their weights are rounded, which adds at most 2^27
constexpr std::int32_t kNever = -1610612736;  // less than any score by more than any sum of hidden units

/// An output for the sum of hidden units: in the padding of a head, or a block of its own.
int free_lane(const Outputs& outputs) {
    for (int h = 0; h < outputs.heads(); ++h) {
        if (outputs.count(h) % kBlock) return outputs.lane(h) + outputs.count(h);
    }
    return outputs.stride();
}

}  // namespace

QuantisedWindow::QuantisedWindow(const Outputs& outputs, const Kernels& kernels, int left, int delays, int units,
                                 std::vector<float> weight, std::vector<float> bias)
    : outputs_(outputs),
      kernels_(kernels),
      left_(left),
      delays_(delays),
      units_(units),
      weight_(std::move(weight)),
      bias_(std::move(bias)),
      rows_(static_cast<std::size_t>(delays) * units) {}

void QuantisedWindow::reserve(std::size_t rows) {
    rows_.reserve(rows);
    is_clipped_.reserve(rows);
}

void QuantisedWindow::calibrate(const std::vector<float>& largest) {
    steps_.assign(units_, 1.0);
    factors_.assign(largest.size(), 1.0f);
    limits_.assign(largest.size(), std::floor(kSumRange / delays_));
    for (int j = 0; j < units_; ++j) {
        double sum = 0;
        for (int d = 0; d < delays_; ++d) sum += largest[d * units_ + j];
        if (!(sum > 1e-30)) continue;
        const double range = sum * (kHeadroom + kShared * delays_);
        steps_[j] = range / kSumRange;
        for (int d = 0; d < delays_; ++d) {
            const double part = kHeadroom * largest[d * units_ + j] + kShared * sum;
            factors_[d * units_ + j] = static_cast<float>(1 / steps_[j]);
            limits_[d * units_ + j] = static_cast<float>(std::floor(part / range * (kSumRange - delays_)));
        }
    }
    quantise_output();
    ready_ = true;
}

/// The sum over units of the largest difference between this output's weight and another one's, in steps.
double QuantisedWindow::widest(int head, int output) const {
    const int first = outputs_.first(head), count = outputs_.count(head);
    const float* own = weight_.data() + static_cast<std::size_t>(first + output) * units_;
    double most = 0;
    for (int other = 0; other < count; ++other) {
        const float* weight = weight_.data() + static_cast<std::size_t>(first + other) * units_;
        double sum = 0;
        for (int j = 0; j < units_; ++j) sum += std::abs(double{own[j]} - weight[j]) * steps_[j];
        most = std::max(most, sum);
    }
    return most;
}

void QuantisedWindow::quantise_output() {
    const int sum = free_lane(outputs_), total = std::max(outputs_.total_blocks(), sum / kBlock + 1);
    double unit = 1e-30;
    for (int o = 0; o < outputs_.total(); ++o) {
        double magnitude = std::abs(double{bias_[o]}), largest = 0;
        for (int j = 0; j < units_; ++j) {
            const double weight = std::abs(weight_[static_cast<std::size_t>(o) * units_ + j] * steps_[j]);
            magnitude += weight * kSumRange;
            largest = std::max(largest, weight);
        }
        unit = std::max({unit, magnitude / kScoreRange, largest / 32767});
    }
    integer_bias_.assign(static_cast<std::size_t>(total) * kBlock, kNever);
    slack_.assign(integer_bias_.size(), 0);
    std::vector<std::int16_t> weight(integer_bias_.size() * units_, 0);  // (lanes, units)
    for (int h = 0; h < outputs_.heads(); ++h) {
        for (int o = 0; o < outputs_.count(h); ++o) {
            const int lane = outputs_.lane(h) + o, from = outputs_.first(h) + o;
            integer_bias_[lane] = static_cast<std::int32_t>(std::lround(bias_[from] / unit));
            // Each row is wrong by up to half a step; one unit of the score for the biases, and some for the
            // rounding of the numbers themselves in float32.
            const double error = widest(h, o) * delays_ * 0.5002 / unit + 16;
            slack_[lane] = static_cast<std::int32_t>(std::min(error, 1e9));
            for (int j = 0; j < units_; ++j) {
                const double exact = weight_[static_cast<std::size_t>(from) * units_ + j] * steps_[j] / unit;
                weight[static_cast<std::size_t>(lane) * units_ + j] = static_cast<std::int16_t>(std::lround(exact));
            }
        }
    }
    std::fill_n(weight.begin() + static_cast<std::ptrdiff_t>(sum) * units_, units_, std::int16_t{-1});
    packed_ = AlignedArray<std::int16_t>(weight.size());
    std::int16_t* to = packed_.data();
    for (int block = 0; block < total; block += kPanel) {
        const int lanes = std::min(kPanel, total - block) * kBlock;
        for (int j = 0; j < units_; j += 2) {
            for (int lane = block * kBlock; lane < block * kBlock + lanes; ++lane) {
                *to++ = weight[static_cast<std::size_t>(lane) * units_ + j];
                *to++ = weight[static_cast<std::size_t>(lane) * units_ + j + 1];
            }
        }
    }
    output_ = {units_, total, packed_.data(), integer_bias_.data(), slack_.data(),
               sum,    kNever, outputs_.lanes().data(), outputs_.heads()};
}

void QuantisedWindow::set_row(std::uint32_t number, const float* row) noexcept {
    const bool within =
        kernels_.quantise(row, factors_.data(), limits_.data(), delays_ * units_, rows_[number]);
    *is_clipped_[number] = !within;
    if (!within) clipped_.fetch_add(1, std::memory_order_relaxed);  // a locked instruction waits for the row's stores
}

int QuantisedWindow::tags(const Batch& batch, Buffers& buffers, std::int32_t* tags, std::size_t stride) const {
    buffers.quantised_rows.at_least(batch.all_places);
    buffers.uncertain.at_least(static_cast<std::size_t>(batch.tokens) + 1);
    const std::int16_t** rows = buffers.quantised_rows.data();
    for (std::size_t p = 0; p < batch.all_places; ++p) rows[p] = rows_[batch.rows[p]];
    std::uint32_t* uncertain = buffers.uncertain.data();
    const Windows<std::int16_t> windows = {rows, batch.places, batch.tokens, left_, delays_, units_};
    const int count = kernels_.tag_windows(output_, windows, tags, stride, uncertain);
    if (!clipped_) return count;
    // Windows with a word whose row is beyond the range are uncertain, too.
    int all = 0, next = 0;
    std::vector<std::uint32_t> close(uncertain, uncertain + count);
    for (int t = 0; t < batch.tokens; ++t) {
        bool wanted = next < count && close[next] == static_cast<std::uint32_t>(t);
        next += wanted;
        const std::uint32_t* words = batch.rows + batch.places[t] - left_;
        for (int d = 0; d < delays_; ++d) wanted |= *is_clipped_[words[d]] != 0;
        if (wanted) uncertain[all++] = static_cast<std::uint32_t>(t);
    }
    return all;
}

}  // namespace postagger
