// Tags windows in 16-bit integers, compiled for each instruction set that has products of these.
#include "kernels.hpp"
#include "lanes.hpp"

#if !defined(POSTAGGER_ISA_portable)

namespace postagger::POSTAGGER_ISA {

namespace {

constexpr int kMostUnits = 4096;   // of the hidden layer
constexpr int kMostBlocks = 64;    // of outputs
constexpr int kAhead = kTile + 4;  // tokens between the prefetching of a row and its use
constexpr int kLines = (5 * 4 * kTile + 63) / 64;  // of a row of five places, fetched with each pair of units
constexpr std::int32_t kPlaces = 1024;  // of outputs in a head
static_assert(kMostBlocks * kBlock <= kPlaces);

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
    const int last = windows.tokens - 1;
    for (int t = first; t < first + kTile; ++t, hidden += windows.units) {
        const std::uint32_t place = windows.places[t < last ? t : last];  // a short tile repeats its last token
        const std::int16_t* const* rows = windows.rows + place - windows.left;
        switch (windows.delays) {
            case 3: sum_window<3>(rows, 3, windows.units, hidden); break;
            case 5: sum_window<5>(rows, 5, windows.units, hidden); break;
            case 7: sum_window<7>(rows, 7, windows.units, hidden); break;
            default: sum_window<0>(rows, windows.delays, windows.units, hidden);
        }
    }
}

/// Rows that are needed soon, of as many tokens as a tile has.
struct Upcoming {
    const char* rows[kTile];
    int bytes;  // of a row for each pair of units; 0: nothing is to be prefetched
};

Upcoming upcoming_rows(const Windows<std::int16_t>& windows, int first) {
    const int last = windows.tokens - 1, right = windows.delays - 1 - windows.left;
    Upcoming upcoming;
    for (int t = 0; t < kTile; ++t) {
        const int token = first + kAhead + t;
        const std::uint32_t place = windows.places[token < last ? token : last];
        upcoming.rows[t] = reinterpret_cast<const char*>(windows.rows[place + right]);
    }
    upcoming.bytes = windows.delays * 4 * kTile;
    return upcoming;
}

/// The scores of one panel of `N` blocks of outputs: (kTile, `stride`).
///
/// Between the products, which need little from memory, it prefetches rows.
template <int N>
POSTAGGER_INLINE void score_panel(const std::int16_t* weight, const std::int32_t* bias, const std::int16_t* hidden,
                                  int units, const Upcoming& upcoming, std::int32_t* scores, int stride) {
    Ints sums[kTile][N];
    POSTAGGER_UNROLL
    for (int t = 0; t < kTile; ++t) {
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) sums[t][n] = Ints::load(bias + n * kBlock);
    }
    for (int part = 0; part < kTile; ++part) {
        const char* next = upcoming.rows[part];
        const std::int16_t* end = hidden + units / kTile;
        for (; hidden < end; hidden += 2, weight += N * 2 * kBlock, next += upcoming.bytes) {
            if (upcoming.bytes) {
                POSTAGGER_UNROLL
                for (int line = 0; line < kLines; ++line) POSTAGGER_PREFETCH(next + line * 64);
            }
            Shorts row[N];
            POSTAGGER_UNROLL
            for (int n = 0; n < N; ++n) row[n] = Shorts::load(weight + n * 2 * kBlock);
            POSTAGGER_UNROLL
            for (int t = 0; t < kTile; ++t) {
                const Shorts both = Shorts::pair(hidden + t * units);
                POSTAGGER_UNROLL
                for (int n = 0; n < N; ++n) sums[t][n] = add_products(sums[t][n], both, row[n]);
            }
        }
    }
    POSTAGGER_UNROLL
    for (int t = 0; t < kTile; ++t) {
        POSTAGGER_UNROLL
        for (int n = 0; n < N; ++n) sums[t][n].store(scores + t * stride + n * kBlock);
    }
}

/// The scores of all outputs: (kTile, outputs). Prefetches rows.
void score(const QuantisedOutput& output, const std::int16_t* hidden, Upcoming upcoming, std::int32_t* scores) {
    const int units = output.units, stride = output.blocks * kBlock;
    for (int block = 0; block < output.blocks; block += kPanel) {
        const std::int16_t* weight = output.weight + static_cast<std::size_t>(block) * kBlock * units;
        const std::int32_t* bias = output.bias + block * kBlock;
        std::int32_t* to = scores + block * kBlock;
        switch (output.blocks - block) {
            case 1: score_panel<1>(weight, bias, hidden, units, upcoming, to, stride); break;
            case 2: score_panel<2>(weight, bias, hidden, units, upcoming, to, stride); break;
            default: score_panel<3>(weight, bias, hidden, units, upcoming, to, stride); break;
        }
        upcoming.bytes = 0;  // once is enough
    }
}

/// The output with the highest score; sets `close` if another one's score is within the possible error.
///
/// Scores get their output's place in their lowest bits, so that the highest number tells the output, too. Scores
/// that differ only there are close anyway.
///
/// Args: `Blocks`, those of the head, or 0 for any number.
template <int Blocks>
POSTAGGER_INLINE int best_output(const QuantisedOutput& output, const HeadBlocks& head, const std::int32_t* all,
                                 bool& close) {
    const int first = head.first_block * kBlock, count = Blocks ? Blocks : head.blocks;
    const std::int32_t* scores = all + first;
    Ints most = Ints::all(INT32_MIN), places = Ints::descending(kPlaces - 1);
    POSTAGGER_UNROLL
    for (int b = 0; b < count; ++b) {
        most = larger(most, with_low_bits(Ints::load(scores + b * kBlock), places, kPlaces));
        places = places - Ints::all(kBlock);
    }
    const std::int32_t highest = most.highest(), place = highest & (kPlaces - 1);
    const int best = kPlaces - 1 - place;
    // 64 bits: the sum of the errors may be beyond the lowest int32.
    const std::int64_t error =
        std::int64_t{output.slack[first + best]} + (std::int64_t{output.sum_bias} - all[output.sum]);
    const std::int64_t lowest = highest - place - error;
    const Ints least = Ints::all(lowest < INT32_MIN ? INT32_MIN : static_cast<std::int32_t>(lowest));
    int near = 0;  // the best output, and others
    POSTAGGER_UNROLL
    for (int b = 0; b < count; ++b) near += bit_count(at_least(Ints::load(scores + b * kBlock), least));
    close |= near > 1;
    return best;
}

POSTAGGER_INLINE int best_output(const QuantisedOutput& output, const HeadBlocks& head, const std::int32_t* all,
                                 bool& close) {
    switch (head.blocks) {
        case 1: return best_output<1>(output, head, all, close);
        case 2: return best_output<2>(output, head, all, close);
        case 3: return best_output<3>(output, head, all, close);
        default: return best_output<0>(output, head, all, close);
    }
}

}  // namespace

int tag_windows(const QuantisedOutput& output, const Windows<std::int16_t>& windows, std::int32_t* tags,
                std::size_t stride, std::uint32_t* uncertain) {
    alignas(64) std::int16_t hidden[kTile * kMostUnits];
    alignas(64) std::int32_t scores[kTile * kMostBlocks * kBlock];
    int count = 0;
    for (int first = 0; first < windows.tokens; first += kTile) {
        hidden_units(windows, first, hidden);
        score(output, hidden, upcoming_rows(windows, first), scores);
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
