#include "logistic.hpp"

#include <algorithm>

namespace postagger {

Logistic::Logistic(Outputs outputs, const Kernels& kernels, int left, int right)
    : WindowedScorer(outputs, kernels, left, right, outputs.stride(), Pages::huge),
      row_(static_cast<std::size_t>(delays_) * outputs_.total()) {}

void Logistic::set_row(std::uint32_t number) noexcept {
    float* to = rows_[number];
    std::copy_n(to, row_.size(), row_.data());
    std::fill_n(to, static_cast<std::size_t>(delays_) * units_, 0.0f);
    for (int d = 0; d < delays_; ++d) outputs_.spread(row_.data() + d * outputs_.total(), to + d * units_);
}

void Logistic::score(const Windows<float>& windows, Buffers&, float* scores) const {
    kernels_.sum_windows(windows, scores);
}

}  // namespace postagger
