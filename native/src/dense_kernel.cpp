// Float32 arithmetic, compiled for each instruction set: sums of rows, affine layers, activations, argmax.
#include <cmath>

#include "kernels.hpp"
#include "lanes.hpp"

namespace postagger::POSTAGGER_ISA {

namespace {

void sum_windows(const Windows<float>& windows, float* sums) {
    for (int t = 0; t < windows.tokens; ++t, sums += windows.units) {
        const float* const* rows = windows.rows + windows.places[t] - windows.left;
        for (int j = 0; j < windows.units; j += kBlock) {
            Floats sum = Floats::load(rows[0] + j);
            for (int d = 1; d < windows.delays; ++d) sum = sum + Floats::load(rows[d] + d * windows.units + j);
            sum.store(sums + j);
        }
    }
}

/// The outputs of one panel of `N` blocks for `T` tokens, accumulated in registers.
template <int T, int N>
POSTAGGER_INLINE void affine_tile(const float* weight, const float* bias, const float* x, int inputs,
                                  float* out, int stride) {
    Floats sums[T][N];
    POSTAGGER_UNROLL
    for (int t = 0; t < T; ++t) {
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) sums[t][n] = Floats::load(bias + n * kBlock);
    }
    for (int i = 0; i < inputs; ++i, weight += N * kBlock) {
        Floats row[N];
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) row[n] = Floats::load(weight + n * kBlock);
        POSTAGGER_UNROLL
        for (int t = 0; t < T; ++t) {
            const Floats input = Floats::all(x[t * inputs + i]);
            POSTAGGER_UNROLL
            for (int n = 0; n < N; ++n) sums[t][n] = multiply_add(input, row[n], sums[t][n]);
        }
    }
    POSTAGGER_UNROLL
    for (int t = 0; t < T; ++t) {
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) sums[t][n].store(out + t * stride + n * kBlock);
    }
}

/// Tiles of `T` tokens, and smaller ones for the rest.
template <int T, int N>
POSTAGGER_INLINE void affine_tiles(const float* weight, const float* bias, const float* x, int tokens, int inputs,
                                   float* out, int stride) {
    for (; tokens >= T; tokens -= T) {
        affine_tile<T, N>(weight, bias, x, inputs, out, stride);
        x += static_cast<std::size_t>(T) * inputs;
        out += static_cast<std::size_t>(T) * stride;
    }
    if constexpr (T > 1) affine_tiles<T / 2, N>(weight, bias, x, tokens, inputs, out, stride);
}

template <int N>
void affine_panel(const Affine& layer, int block, const float* x, int tokens, float* out) {
    const float* weight = layer.weight + static_cast<std::size_t>(block) * kBlock * layer.inputs;
    affine_tiles<kTile, N>(weight, layer.bias + block * kBlock, x, tokens, layer.inputs, out + block * kBlock,
                           layer.blocks * kBlock);
}

void affine(const Affine& layer, const float* x, int tokens, float* out) {
    static_assert(kPanel == 3);
    for (int block = 0; block < layer.blocks; block += kPanel) {
        switch (layer.blocks - block) {
            case 1: affine_panel<1>(layer, block, x, tokens, out); break;
            case 2: affine_panel<2>(layer, block, x, tokens, out); break;
            default: affine_panel<3>(layer, block, x, tokens, out); break;
        }
    }
}

/// e^x to one unit in the last place or two, without branches, so that loops become vector instructions.
POSTAGGER_INLINE float exponential(float x) {
    constexpr float log2e = 1.44269504f, high = 0.693359375f, low = -2.12194440e-4f;
    float y = x < -87.0f ? -87.0f : x;  // not a number stays one
    y = y > 88.0f ? 88.0f : y;
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
    const float shifted = y * log2e + magic;
    const float whole = shifted - magic;
    const float r = (y - whole * high) - whole * low;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    std::int32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = static_cast<std::int32_t>((static_cast<std::uint32_t>(bits) - 0x4b400000u + 127u) << 23);
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
}

POSTAGGER_INLINE float logistic(float x) { return 1.0f / (1.0f + exponential(-x)); }

template <class Function>
POSTAGGER_INLINE void apply(Function function, float* x, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) x[i] = function(x[i]);
}

void activate(Activation activation, float* x, std::size_t count) {
    switch (activation) {
        case Activation::none: break;
        case Activation::relu: apply([](float v) { return v < 0.0f ? 0.0f : v; }, x, count); break;
        case Activation::leaky_relu: apply([](float v) { return v < 0.0f ? 0.01f * v : v; }, x, count); break;
        case Activation::sigmoid: apply(logistic, x, count); break;
        case Activation::silu: apply([](float v) { return v * logistic(v); }, x, count); break;
        case Activation::tanh:
            apply([](float v) { return 1.0f - 2.0f / (1.0f + exponential(2.0f * v)); }, x, count);
            break;
        case Activation::elu:
            apply([](float v) { return v > 0.0f ? v : exponential(v > 0.0f ? 0.0f : v) - 1.0f; }, x, count);
            break;
        case Activation::gelu:  // few models have it: the library's erf will do
            for (std::size_t i = 0; i < count; ++i) x[i] *= 0.5f * (1.0f + erff(x[i] * 0.70710678f));
            break;
    }
}

void sum_rows(const float* const* rows, int count, int size, float* sum) {
    for (int j = 0; j < size; j += kBlock) {
        Floats total = Floats::load(rows[0] + j);
        for (int r = 1; r < count; ++r) total = total + Floats::load(rows[r] + j);
        total.store(sum + j);
    }
}

void convolve(const float* const* rows, int places, int width, int size, const float* bias, float* largest) {
    for (int j = 0; j < size; j += kBlock) {
        Floats most = Floats::all(0.0f);
        for (int p = 0; p < places; ++p) {
            Floats sum = Floats::load(rows[p * width] + j);
            for (int r = 1; r < width; ++r) sum = sum + Floats::load(rows[p * width + r] + j);
            most = larger(sum + Floats::load(bias + j), most);
        }
        most.store(largest + j);
    }
}

void argmax(const float* scores, int tokens, int stride, int outputs, std::int32_t* best) {
    for (int t = 0; t < tokens; ++t, scores += stride) {
        int first = 0;
        for (int o = 1; o < outputs; ++o) first = scores[o] > scores[first] ? o : first;
        best[t] = first;
    }
}

#if !defined(POSTAGGER_ISA_portable)

bool quantise(const float* row, const float* factors, const float* limits, int size, std::int16_t* out) {
    bool within = true;
    for (int j = 0; j < size; j += kBlock) {
        within &= round_within(Floats::load(row + j), Floats::load(factors + j), Floats::load(limits + j), out + j);
    }
    return within;
}

#endif

}  // namespace

#if defined(POSTAGGER_ISA_portable)

const Kernels& table() {
    static constexpr Kernels functions = {sum_windows, affine, activate, sum_rows,
                                          convolve,    argmax, nullptr,  nullptr};
    return functions;
}

#else

int tag_windows(const QuantisedOutput&, const Windows<std::int16_t>&, std::int32_t*, std::size_t, std::uint32_t*);

const Kernels& table() {
    static constexpr Kernels functions = {sum_windows, affine, activate, sum_rows,
                                          convolve,    argmax, quantise, tag_windows};
    return functions;
}

#endif

}  // namespace postagger::POSTAGGER_ISA
