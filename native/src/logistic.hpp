// Logistic regression over a window of words.
#pragma once

#include <vector>

#include "scorer.hpp"

namespace postagger {

/// A row holds a word's part of the scores at each place in the window.
class Logistic final : public WindowedScorer {
public:
    Logistic(Outputs outputs, const Kernels& kernels, int left, int right);

    void set_row(std::uint32_t number) noexcept override;

protected:
    void score(const Windows<float>&, Buffers&, float* scores) const override;

private:
    std::vector<float> row_;  // memory for `set_row`
};

}  // namespace postagger
