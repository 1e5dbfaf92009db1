// simd.hpp for AVX2 with FMA.
#pragma once

#include <immintrin.h>

namespace postagger::POSTAGGER_ISA {

constexpr int lanes = 8;
constexpr int registers = 16;

struct Floats {
    __m256 v;
    Floats() = default;
    Floats(__m256 value) : v(value) {}
    explicit Floats(float value) : v(_mm256_set1_ps(value)) {}
};

POSTAGGER_INLINE __m256i first_lanes(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

POSTAGGER_INLINE Floats load(const float* from) { return _mm256_loadu_ps(from); }
// Loads the first `count` lanes; the others are `other`.
POSTAGGER_INLINE Floats load(const float* from, int count, Floats other) {
    const __m256i mask = first_lanes(count);
    return _mm256_blendv_ps(other.v, _mm256_maskload_ps(from, mask), _mm256_castsi256_ps(mask));
}
POSTAGGER_INLINE void store(float* to, Floats x) { _mm256_storeu_ps(to, x.v); }

POSTAGGER_INLINE Floats operator+(Floats a, Floats b) { return _mm256_add_ps(a.v, b.v); }
POSTAGGER_INLINE Floats operator-(Floats a, Floats b) { return _mm256_sub_ps(a.v, b.v); }
POSTAGGER_INLINE Floats operator*(Floats a, Floats b) { return _mm256_mul_ps(a.v, b.v); }
POSTAGGER_INLINE Floats operator/(Floats a, Floats b) { return _mm256_div_ps(a.v, b.v); }
POSTAGGER_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a.v, b.v, c.v); }
POSTAGGER_INLINE Floats min(Floats a, Floats b) { return _mm256_min_ps(a.v, b.v); }
POSTAGGER_INLINE Floats max(Floats a, Floats b) { return _mm256_max_ps(a.v, b.v); }
POSTAGGER_INLINE float largest(Floats x) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}
// One bit for each lane, set where a >= b.
POSTAGGER_INLINE unsigned at_least(Floats a, Floats b) {
    return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)));
}

// x * 2^n, where n is in the lowest bits of `whole`.
POSTAGGER_INLINE Floats multiply_by_power(Floats x, Floats whole) {
    const __m256i power = _mm256_slli_epi32(_mm256_castps_si256(whole.v), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x.v), power));
}

POSTAGGER_INLINE void prefetch(const float* from) {
    _mm_prefetch(reinterpret_cast<const char*>(from), _MM_HINT_T0);
}

#define POSTAGGER_INT16 1

struct Ints {
    __m256i v;
    Ints() = default;
    Ints(__m256i value) : v(value) {}
    explicit Ints(int32_t value) : v(_mm256_set1_epi32(value)) {}
};

POSTAGGER_INLINE Ints load(const int16_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
POSTAGGER_INLINE Floats to_floats(Ints x) { return _mm256_cvtepi32_ps(x.v); }

// sum + the products of two int16 numbers in each lane.
POSTAGGER_INLINE Ints add_products16(Ints sum, Ints a, Ints b) {
#if defined(__GNUC__) && !defined(__clang__)
    // GCC would write intrinsics' sums to memory and copy them around.
    __m256i products;
    asm("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+x"(sum.v), "=&x"(products) : "x"(a.v), "x"(b.v));
    return sum;
#else
    return _mm256_add_epi32(sum.v, _mm256_madd_epi16(a.v, b.v));
#endif
}

// Rounds to the nearest whole number; one that is out of range becomes the nearest one within.
POSTAGGER_INLINE void store_rounded(int16_t* to, Floats x) {
    const __m256i whole = _mm256_cvtps_epi32(x.v);
    const __m128i narrow = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), narrow);
}

}  // namespace postagger::POSTAGGER_ISA
