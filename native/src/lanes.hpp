// Registers of one instruction set: 16 float32 numbers, 16 int32 or 32 int16, whatever their real width.
// The portable ones have float32 only.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(POSTAGGER_ISA_avx2) || defined(POSTAGGER_ISA_avx512)
#include <immintrin.h>
#endif

#if defined(__GNUC__) || defined(__clang__)
#define POSTAGGER_UNROLL _Pragma("GCC unroll 16")
#define POSTAGGER_INLINE inline __attribute__((always_inline))
#define POSTAGGER_PREFETCH(address) __builtin_prefetch(address)
#elif defined(_MSC_VER) && defined(_M_X64)
#include <intrin.h>
#define POSTAGGER_UNROLL
#define POSTAGGER_INLINE __forceinline
#define POSTAGGER_PREFETCH(address) _mm_prefetch(reinterpret_cast<const char*>(address), _MM_HINT_T0)
#else
#define POSTAGGER_UNROLL
#define POSTAGGER_INLINE inline
#define POSTAGGER_PREFETCH(address) static_cast<void>(address)
#endif

namespace postagger::POSTAGGER_ISA {

namespace {  // each file has its own: other kernels have other registers of the same names

inline int bit_count(std::uint32_t bits) {
#if defined(_MSC_VER)
    return static_cast<int>(__popcnt(bits));
#else
    return __builtin_popcount(bits);
#endif
}

#if defined(POSTAGGER_ISA_avx512)

/// Tokens whose outputs are computed together: with `kPanel` blocks of outputs they fill the registers.
inline constexpr int kTile = 8;

struct Floats {
    __m512 v;
    static POSTAGGER_INLINE Floats load(const float* from) { return {_mm512_loadu_ps(from)}; }
    static POSTAGGER_INLINE Floats all(float x) { return {_mm512_set1_ps(x)}; }
    POSTAGGER_INLINE void store(float* to) const { _mm512_storeu_ps(to, v); }
    POSTAGGER_INLINE Floats operator+(Floats o) const { return {_mm512_add_ps(v, o.v)}; }
};
POSTAGGER_INLINE Floats multiply_add(Floats a, Floats b, Floats c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
POSTAGGER_INLINE Floats larger(Floats a, Floats b) { return {_mm512_max_ps(a.v, b.v)}; }
/// Rounds x * factor to whole numbers; those beyond the limit, or not a number, become 0. Returns if all are within.
POSTAGGER_INLINE bool round_within(Floats x, Floats factor, Floats limit, std::int16_t* to) {
    const __m512 scaled = _mm512_mul_ps(x.v, factor.v);
    const __mmask16 within = _mm512_cmp_ps_mask(_mm512_abs_ps(scaled), limit.v, _CMP_LE_OQ);
    const __m512i whole = _mm512_cvtps_epi32(_mm512_maskz_mov_ps(within, scaled));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(whole));
    return within == 0xffff;
}

struct Ints {
    __m512i v;
    static POSTAGGER_INLINE Ints load(const std::int32_t* from) { return {_mm512_loadu_si512(from)}; }
    static POSTAGGER_INLINE Ints all(std::int32_t x) { return {_mm512_set1_epi32(x)}; }
    /// x, x - 1, ...
    static POSTAGGER_INLINE Ints descending(std::int32_t x) {
        const __m512i down = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        return {_mm512_sub_epi32(_mm512_set1_epi32(x), down)};
    }
    POSTAGGER_INLINE Ints operator-(Ints o) const { return {_mm512_sub_epi32(v, o.v)}; }
    POSTAGGER_INLINE void store(std::int32_t* to) const { _mm512_storeu_si512(to, v); }
    POSTAGGER_INLINE std::int32_t highest() const { return _mm512_reduce_max_epi32(v); }
};
POSTAGGER_INLINE Ints larger(Ints a, Ints b) { return {_mm512_max_epi32(a.v, b.v)}; }
/// Replaces the bits that numbers below `limit`, a power of two, have.
POSTAGGER_INLINE Ints with_low_bits(Ints x, Ints bits, std::int32_t limit) {
    return {_mm512_or_si512(_mm512_and_si512(x.v, _mm512_set1_epi32(-limit)), bits.v)};
}
/// One bit for each number of `a` that is at least that of `b`.
POSTAGGER_INLINE std::uint32_t at_least(Ints a, Ints b) { return _mm512_cmpge_epi32_mask(a.v, b.v); }

struct Shorts {
    __m512i v;
    static POSTAGGER_INLINE Shorts load(const std::int16_t* from) { return {_mm512_loadu_si512(from)}; }
    static POSTAGGER_INLINE Shorts pair(const std::int16_t* from) {
        std::int32_t both;
        std::memcpy(&both, from, sizeof both);
        return {_mm512_set1_epi32(both)};
    }
    POSTAGGER_INLINE void store(std::int16_t* to) const { _mm512_storeu_si512(to, v); }
    POSTAGGER_INLINE Shorts operator+(Shorts o) const { return {_mm512_add_epi16(v, o.v)}; }
    POSTAGGER_INLINE Shorts rectified() const { return {_mm512_max_epi16(v, _mm512_setzero_si512())}; }
};
/// Adds the products of each pair of 16-bit numbers to `sum`.
POSTAGGER_INLINE Ints add_products(Ints sum, Shorts a, Shorts b) {
    return {_mm512_dpwssd_epi32(sum.v, a.v, b.v)};
}

#elif defined(POSTAGGER_ISA_avx2)

inline constexpr int kTile = 2;

struct Floats {
    __m256 a, b;
    static POSTAGGER_INLINE Floats load(const float* from) {
        return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
    }
    static POSTAGGER_INLINE Floats all(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
    POSTAGGER_INLINE void store(float* to) const {
        _mm256_storeu_ps(to, a);
        _mm256_storeu_ps(to + 8, b);
    }
    POSTAGGER_INLINE Floats operator+(Floats o) const { return {_mm256_add_ps(a, o.a), _mm256_add_ps(b, o.b)}; }
};
POSTAGGER_INLINE Floats multiply_add(Floats x, Floats y, Floats z) {
    return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
POSTAGGER_INLINE Floats larger(Floats x, Floats y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
/// Rounds x * factor to whole numbers; those beyond the limit, or not a number, become 0. Returns if all are within.
POSTAGGER_INLINE bool round_within(Floats x, Floats factor, Floats limit, std::int16_t* to) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    const __m256 a = _mm256_mul_ps(x.a, factor.a), b = _mm256_mul_ps(x.b, factor.b);
    const __m256 in_a = _mm256_cmp_ps(_mm256_andnot_ps(sign, a), limit.a, _CMP_LE_OQ);
    const __m256 in_b = _mm256_cmp_ps(_mm256_andnot_ps(sign, b), limit.b, _CMP_LE_OQ);
    const __m256i whole = _mm256_packs_epi32(_mm256_cvtps_epi32(_mm256_and_ps(a, in_a)),
                                             _mm256_cvtps_epi32(_mm256_and_ps(b, in_b)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permute4x64_epi64(whole, 0xd8));
    return _mm256_movemask_ps(_mm256_and_ps(in_a, in_b)) == 0xff;
}

struct Ints {
    __m256i a, b;
    static POSTAGGER_INLINE Ints load(const std::int32_t* from) {
        return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 8))};
    }
    static POSTAGGER_INLINE Ints all(std::int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
    static POSTAGGER_INLINE Ints descending(std::int32_t x) {
        const __m256i down = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        return {_mm256_sub_epi32(_mm256_set1_epi32(x), down), _mm256_sub_epi32(_mm256_set1_epi32(x - 8), down)};
    }
    POSTAGGER_INLINE Ints operator-(Ints o) const {
        return {_mm256_sub_epi32(a, o.a), _mm256_sub_epi32(b, o.b)};
    }
    POSTAGGER_INLINE void store(std::int32_t* to) const {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), b);
    }
    POSTAGGER_INLINE std::int32_t highest() const {
        const __m256i c = _mm256_max_epi32(a, b);
        __m128i d = _mm_max_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
        d = _mm_max_epi32(d, _mm_shuffle_epi32(d, 0x4e));
        d = _mm_max_epi32(d, _mm_shuffle_epi32(d, 0xb1));
        return _mm_cvtsi128_si32(d);
    }
};
POSTAGGER_INLINE Ints larger(Ints x, Ints y) {
    return {_mm256_max_epi32(x.a, y.a), _mm256_max_epi32(x.b, y.b)};
}
POSTAGGER_INLINE Ints with_low_bits(Ints x, Ints bits, std::int32_t limit) {
    const __m256i high = _mm256_set1_epi32(-limit);
    return {_mm256_or_si256(_mm256_and_si256(x.a, high), bits.a),
            _mm256_or_si256(_mm256_and_si256(x.b, high), bits.b)};
}
POSTAGGER_INLINE std::uint32_t at_least(Ints x, Ints y) {
    const auto less_a = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(y.a, x.a)));
    const auto less_b = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(y.b, x.b)));
    return ~static_cast<std::uint32_t>(less_a | less_b << 8) & 0xffff;
}

struct Shorts {
    __m256i a, b;
    static POSTAGGER_INLINE Shorts load(const std::int16_t* from) {
        return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 16))};
    }
    static POSTAGGER_INLINE Shorts pair(const std::int16_t* from) {
        std::int32_t both;
        std::memcpy(&both, from, sizeof both);
        return {_mm256_set1_epi32(both), _mm256_set1_epi32(both)};
    }
    POSTAGGER_INLINE void store(std::int16_t* to) const {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 16), b);
    }
    POSTAGGER_INLINE Shorts operator+(Shorts o) const {
        return {_mm256_add_epi16(a, o.a), _mm256_add_epi16(b, o.b)};
    }
    POSTAGGER_INLINE Shorts rectified() const {
        const __m256i zero = _mm256_setzero_si256();
        return {_mm256_max_epi16(a, zero), _mm256_max_epi16(b, zero)};
    }
};
POSTAGGER_INLINE Ints add_products(Ints sum, Shorts x, Shorts y) {
    return {_mm256_add_epi32(sum.a, _mm256_madd_epi16(x.a, y.a)),
            _mm256_add_epi32(sum.b, _mm256_madd_epi16(x.b, y.b))};
}

#else

// Float32 only: without instructions for products of 16-bit integers these are no faster.

#if defined(__aarch64__) || defined(_M_ARM64)
inline constexpr int kTile = 2;
#else
inline constexpr int kTile = 1;
#endif

struct Floats {
#if defined(__GNUC__) || defined(__clang__)
    typedef float Four __attribute__((vector_size(16)));
#else
    struct Four {
        float v[4];
        Four operator+(Four o) const { return {v[0] + o.v[0], v[1] + o.v[1], v[2] + o.v[2], v[3] + o.v[3]}; }
        Four operator*(Four o) const { return {v[0] * o.v[0], v[1] * o.v[1], v[2] * o.v[2], v[3] * o.v[3]}; }
    };
#endif
    Four a, b, c, d;
    static POSTAGGER_INLINE Floats load(const float* from) {
        Floats x;
        std::memcpy(&x.a, from, 16);
        std::memcpy(&x.b, from + 4, 16);
        std::memcpy(&x.c, from + 8, 16);
        std::memcpy(&x.d, from + 12, 16);
        return x;
    }
    static POSTAGGER_INLINE Floats all(float x) {
        const Four four = {x, x, x, x};
        return {four, four, four, four};
    }
    POSTAGGER_INLINE void store(float* to) const {
        std::memcpy(to, &a, 16);
        std::memcpy(to + 4, &b, 16);
        std::memcpy(to + 8, &c, 16);
        std::memcpy(to + 12, &d, 16);
    }
    POSTAGGER_INLINE Floats operator+(Floats o) const { return {a + o.a, b + o.b, c + o.c, d + o.d}; }
};
POSTAGGER_INLINE Floats multiply_add(Floats x, Floats y, Floats z) {
    return {x.a * y.a + z.a, x.b * y.b + z.b, x.c * y.c + z.c, x.d * y.d + z.d};
}
POSTAGGER_INLINE Floats larger(Floats x, Floats y) {
    float a[16], b[16];
    x.store(a);
    y.store(b);
    for (int i = 0; i < 16; ++i) a[i] = a[i] > b[i] ? a[i] : b[i];
    return Floats::load(a);
}

#endif

}  // namespace

}  // namespace postagger::POSTAGGER_ISA
