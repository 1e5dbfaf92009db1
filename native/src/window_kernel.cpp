// Tags windows in 16-bit integers, compiled for each instruction set that has products of these.
#include "kernels.hpp"
#include "lanes.hpp"

#if !defined(POSTAGGER_ISA_portable)

namespace postagger::POSTAGGER_ISA {

namespace {

constexpr int kMostUnits = 4096;   // of the hidden layer
constexpr int kMostBlocks = 64;    // of outputs
constexpr int kAhead = kTile + 4;  // tokens between the prefetching of a row and its use

template <int Delays>
POSTAGGER_INLINE void sum_window(const std::int16_t* const* rows, int delays, int units, std::int16_t* hidden) {
    const int count = Delays ? Delays : delays;
    for (int j = 0; j < units; j += 32) {
        Shorts sum = Shorts::load(rows[0] + j);
        POSTAGGER_UNROLL
        for (int d = 1; d < count; ++d) sum = sum + Shorts::load(rows[d] + d * units + j);
        sum.rectified().store(hidden + j);
    }
}

/// Sums and rectifies the rows of each token's window: (kTile, units).
void hidden_units(const Windows<std::int16_t>& windows, int first, std::int16_t* hidden) {
    const int last = windows.tokens - 1, right = windows.delays - 1 - windows.left;
    for (int t = first; t < first + kTile; ++t, hidden += windows.units) {
        const std::uint32_t place = windows.places[t < last ? t : last];  // a short tile repeats its last token
        if (t + kAhead <= last) {
            const auto* next = reinterpret_cast<const char*>(windows.rows[windows.places[t + kAhead] + right]);
            const int bytes = windows.delays * windows.units * 2;
            for (int line = 0; line < bytes; line += 64) POSTAGGER_PREFETCH(next + line);
        }
        const std::int16_t* const* rows = windows.rows + place - windows.left;
        switch (windows.delays) {
            case 3: sum_window<3>(rows, 3, windows.units, hidden); break;
            case 5: sum_window<5>(rows, 5, windows.units, hidden); break;
            case 7: sum_window<7>(rows, 7, windows.units, hidden); break;
            default: sum_window<0>(rows, windows.delays, windows.units, hidden);
        }
    }
}

/// The scores of one panel of `N` blocks of outputs: (kTile, `stride`).
template <int N>
POSTAGGER_INLINE void score_panel(const std::int16_t* weight, const std::int32_t* bias,
                                  const std::int16_t* hidden, int units, std::int32_t* scores, int stride) {
    Ints sums[kTile][N];
    POSTAGGER_UNROLL
    for (int t = 0; t < kTile; ++t) {
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) sums[t][n] = Ints::load(bias + n * kBlock);
    }
    for (int j = 0; j < units; j += 2, weight += N * 2 * kBlock) {
        Shorts row[N];
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) row[n] = Shorts::load(weight + n * 2 * kBlock);
        POSTAGGER_UNROLL
        for (int t = 0; t < kTile; ++t) {
            const Shorts both = Shorts::pair(hidden + t * units + j);
            POSTAGGER_UNROLL
            for (int n = 0; n < N; ++n) sums[t][n] = add_products(sums[t][n], both, row[n]);
        }
    }
    POSTAGGER_UNROLL
    for (int t = 0; t < kTile; ++t) {
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) sums[t][n].store(scores + t * stride + n * kBlock);
    }
}

void score(const QuantisedOutput& output, const std::int16_t* hidden, std::int32_t* scores) {
    const int units = output.units, stride = output.blocks * kBlock;
    for (int block = 0; block < output.blocks; block += kPanel) {
        const std::int16_t* weight = output.weight + static_cast<std::size_t>(block) * kBlock * units;
        const std::int32_t* bias = output.bias + block * kBlock;
        std::int32_t* to = scores + block * kBlock;
        switch (output.blocks - block) {
            case 1: score_panel<1>(weight, bias, hidden, units, to, stride); break;
            case 2: score_panel<2>(weight, bias, hidden, units, to, stride); break;
            default: score_panel<3>(weight, bias, hidden, units, to, stride); break;
        }
    }
}

/// The output with the highest score; sets `close` if another one's score is within the possible error.
POSTAGGER_INLINE int best_output(const QuantisedOutput& output, const HeadBlocks& head,
                                 const std::int32_t* all, bool& close) {
    const std::int32_t* scores = all + head.first_block * kBlock;
    Ints most = Ints::load(scores);
    for (int b = 1; b < head.blocks; ++b) most = larger(most, Ints::load(scores + b * kBlock));
    const std::int32_t highest = most.highest();
    int best = 0, b = 0;
    for (; b < head.blocks; ++b) {
        const std::uint32_t found = at_least(Ints::load(scores + b * kBlock), Ints::all(highest));
        if (found) {
            best = b * kBlock + lowest_bit(found);
            break;
        }
    }
    // 64 bits: the sum of the errors may be beyond the lowest int32.
    const std::int64_t error = std::int64_t{output.slack[head.first_block * kBlock + best]} +
                               (std::int64_t{output.sum_bias} - all[output.sum]);
    const std::int64_t lowest = highest - error;
    const Ints least = Ints::all(lowest < INT32_MIN ? INT32_MIN : static_cast<std::int32_t>(lowest));
    std::uint32_t others = 0;
    for (int c = 0; c < head.blocks; ++c) {
        std::uint32_t near = at_least(Ints::load(scores + c * kBlock), least);
        if (c == b) near &= ~(1u << (best & (kBlock - 1)));
        others |= near;
    }
    close |= others != 0;
    return best;
}

}  // namespace

int tag_windows(const QuantisedOutput& output, const Windows<std::int16_t>& windows, std::int32_t* tags,
                std::size_t stride, std::uint32_t* uncertain) {
    alignas(64) std::int16_t hidden[kTile * kMostUnits];
    alignas(64) std::int32_t scores[kTile * kMostBlocks * kBlock];
    int count = 0;
    for (int first = 0; first < windows.tokens; first += kTile) {
        hidden_units(windows, first, hidden);
        score(output, hidden, scores);
        const int end = first + kTile < windows.tokens ? first + kTile : windows.tokens;
        for (int t = first; t < end; ++t) {
            bool close = false;
            const std::int32_t* token = scores + (t - first) * output.blocks * kBlock;
            for (int h = 0; h < output.head_count; ++h) {
                tags[h * stride + t] = best_output(output, output.heads[h], token, close);
            }
            uncertain[count] = static_cast<std::uint32_t>(t);
            count += close;
        }
    }
    return count;
}

}  // namespace postagger::POSTAGGER_ISA

#endif
