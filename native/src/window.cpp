#include "window.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace postagger {

namespace {

constexpr int kUnits = 32;  // hidden units are padded to whole registers of 16-bit integers
constexpr int kMostQuantisedUnits = 4096, kMostQuantisedBlocks = 63;  // what `tag_windows` has room for

int padded_units(int units) { return (units + kUnits - 1) / kUnits * kUnits; }

/// Whether a network's tags can be computed in integers.
bool fits_integers(const Outputs& outputs, const Kernels& kernels, int units, Activation activation,
                   const std::vector<DenseLayer>& layers) {
    return kernels.tag_windows && layers.size() == 1 && activation == Activation::relu &&
           units <= kMostQuantisedUnits && outputs.total_blocks() <= kMostQuantisedBlocks;
}

std::vector<float> padded_columns(const DenseLayer& layer, int columns) {
    std::vector<float> padded(static_cast<std::size_t>(layer.outputs) * columns, 0.0f);
    for (int o = 0; o < layer.outputs; ++o) {
        std::copy_n(layer.weight.data() + static_cast<std::size_t>(o) * layer.inputs, layer.inputs,
                    padded.data() + static_cast<std::size_t>(o) * columns);
    }
    return padded;
}

}  // namespace

Window::Window(const Outputs& outputs, const Kernels& kernels, int left, int right, int units, Activation activation,
               const std::vector<DenseLayer>& layers, bool exact)
    : WindowedScorer(outputs, kernels, left, right, padded_units(units),
                     fits_integers(outputs, kernels, padded_units(units), activation, layers) ? Pages::small
                                                                                               : Pages::huge),
      exact_(exact),
      width_(units),
      activation_(activation) {
    int inputs = units_;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        pack(layers[i], inputs, i + 1 == layers.size());
        inputs = layers_.back().layer.blocks * kBlock;
        widest_ = std::max<std::size_t>(widest_, inputs);
    }
    widest_ = std::max<std::size_t>(widest_, units_);
    if (fits_integers(outputs_, kernels, units_, activation, layers)) {
        quantised_.emplace(outputs_, kernels_, left_, delays_, units_, padded_columns(layers[0], units_),
                           layers[0].bias);
        made_ = AlignedArray<float>(static_cast<std::size_t>(delays_) * units_);
    }
}

/// Args: `inputs`, the padded number of inputs; `output`, whether this is the output layer.
void Window::pack(const DenseLayer& layer, int inputs, bool output) {
    const int total = output ? outputs_.total_blocks() : blocks(layer.outputs);
    std::vector<int> lane_of(layer.outputs);
    for (int o = 0; o < layer.outputs; ++o) lane_of[o] = o;
    for (int h = 0; output && h < outputs_.heads(); ++h) {
        for (int o = 0; o < outputs_.count(h); ++o) lane_of[outputs_.first(h) + o] = outputs_.lane(h) + o;
    }
    Packed packed{AlignedArray<float>(static_cast<std::size_t>(total) * kBlock * inputs),
                  AlignedArray<float>(static_cast<std::size_t>(total) * kBlock),
                  {}};
    std::fill_n(packed.weight.data(), packed.weight.size(), 0.0f);
    std::fill_n(packed.bias.data(), packed.bias.size(), 0.0f);
    for (int o = 0; o < layer.outputs; ++o) {
        const int panel = lane_of[o] / kBlock / kPanel * kPanel, lanes = std::min(kPanel, total - panel) * kBlock;
        float* to = packed.weight.data() + static_cast<std::size_t>(panel) * kBlock * inputs +
                    (lane_of[o] - panel * kBlock);
        for (int i = 0; i < layer.inputs; ++i) {
            to[static_cast<std::size_t>(i) * lanes] = layer.weight[static_cast<std::size_t>(o) * layer.inputs + i];
        }
        packed.bias[lane_of[o]] = layer.bias[o];
    }
    packed.layer = {inputs, total, packed.weight.data(), packed.bias.data()};
    layers_.push_back(std::move(packed));
}

void Window::reserve(std::size_t rows) {
    WindowedScorer::reserve(rows);
    if (!quantised_) return;
    quantised_->reserve(rows);
    slots_.reserve(rows);
    free_slots_.reserve(rows);  // so that `new_row` cannot fail
    for (; numbers_ < rows; ++numbers_) *slots_[numbers_] = kNone;
}

float* Window::new_row(std::uint32_t number, bool keep) noexcept {
    if (!quantised_) return rows_[number];
    if (keep || !quantised_->ready()) return lacks(number) ? lacking_row(number) : rows_[*slots_[number]];
    if (!lacks(number)) {  // the slot of a word that is forgotten
        free_slots_.push_back(*slots_[number]);
        *slots_[number] = kNone;
    }
    return made_.data();
}

float* Window::lacking_row(std::uint32_t number) noexcept {
    std::uint32_t& slot = *slots_[number];
    if (free_slots_.empty()) {
        slot = slots_used_++;
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    return rows_[slot];
}

void Window::set_row(std::uint32_t number) noexcept {
    float* row = lacks(number) ? made_.data() : rows_[quantised_ ? *slots_[number] : number];
    pad(row);
    if (quantised_ && quantised_->ready()) quantised_->set_row(number, row);
}

void Window::pad(float* row) const noexcept {
    for (int d = delays_ - 1; width_ < units_ && d >= 0; --d) {  // makes room for the padding, from the end on
        std::memmove(row + d * units_, row + d * width_, sizeof(float) * width_);
        std::fill_n(row + d * units_ + width_, units_ - width_, 0.0f);
    }
}

bool Window::wants_all(std::uint32_t rows, bool alone) const {
    if (!quantised_) return false;
    if (!quantised_->ready()) return rows >= kCalibration;
    return alone && quantised_->clipped() > 64 + rows / 64;
}

bool Window::settle(std::uint32_t rows, bool alone) {
    if (wants_all(rows, alone)) calibrate(rows);
    return quantised_ && quantised_->ready();
}

/// Chooses the integers' range for all rows so far, and rounds them.
void Window::calibrate(std::uint32_t rows) {
    const int size = delays_ * units_;
    std::vector<float> largest(size, 0.0f);
    for (std::uint32_t r = 0; r < rows; ++r) {
        if (lacks(r)) continue;  // nobody's number
        const float* row = this->row(r);
        for (int j = 0; j < size; ++j) {
            const float magnitude = std::abs(row[j]);
            if (magnitude > largest[j] && std::isfinite(magnitude)) largest[j] = magnitude;
        }
    }
    quantised_->calibrate(largest);
    quantised_->forget_clipped();
    for (std::uint32_t r = 0; r < rows; ++r) {
        if (!lacks(r)) quantised_->set_row(r, row(r));
    }
}

int Window::tags(const Batch& batch, Buffers& buffers, std::int32_t* tags, std::size_t stride) const {
    if (!batch.quantised) return WindowedScorer::tags(batch, buffers, tags, stride);
    const int uncertain = quantised_->tags(batch, buffers, tags, stride);
    return exact_ ? uncertain : 0;
}

void Window::depends_on(const Batch& batch, std::uint32_t token,
                        const std::function<void(std::uint32_t)>& found) const {
    const std::uint32_t* rows = batch.rows + batch.places[token] - left_;
    for (int d = 0; d < delays_; ++d) found(rows[d]);
}

void Window::tag_uncertain(const Batch& batch, int count, Buffers& buffers, std::int32_t* tags,
                           std::size_t stride) const {
    rechecked_.fetch_add(count, std::memory_order_relaxed);
    tag_exactly(batch, buffers.uncertain.data(), count, buffers, tags, stride);
}

std::size_t Window::row_bytes() const {
    return rows_.row_bytes() + (quantised_ ? quantised_->row_bytes() : 0);
}

std::size_t Window::bytes(std::size_t words) const {
    if (!quantised_) return WindowedScorer::bytes(words);
    return (slots_used_ - free_slots_.size()) * rows_.row_bytes() + words * quantised_->row_bytes();
}

void Window::score(const Windows<float>& windows, Buffers& buffers, float* scores) const {
    buffers.a.at_least(kTokens * widest_);
    buffers.b.at_least(kTokens * widest_);
    float *hidden = buffers.a.data(), *next = buffers.b.data();
    kernels_.sum_windows(windows, hidden);
    kernels_.activate(activation_, hidden, static_cast<std::size_t>(windows.tokens) * units_);
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
        const Affine& layer = layers_[i].layer;
        kernels_.affine(layer, hidden, windows.tokens, next);
        kernels_.activate(activation_, next, static_cast<std::size_t>(windows.tokens) * layer.blocks * kBlock);
        std::swap(hidden, next);
    }
    kernels_.affine(layers_.back().layer, hidden, windows.tokens, scores);
}

}  // namespace postagger
