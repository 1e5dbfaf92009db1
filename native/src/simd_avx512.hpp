// simd.hpp for AVX-512 with VNNI.
#pragma once

#include <immintrin.h>

namespace postagger::POSTAGGER_ISA {

constexpr int lanes = 16;
constexpr int registers = 32;

struct Floats {
    __m512 v;
    Floats() = default;
    Floats(__m512 value) : v(value) {}
    explicit Floats(float value) : v(_mm512_set1_ps(value)) {}
};

POSTAGGER_INLINE __mmask16 first_lanes(int count) { return static_cast<__mmask16>((1u << count) - 1); }

POSTAGGER_INLINE Floats load(const float* from) { return _mm512_loadu_ps(from); }
// Loads the first `count` lanes; the others are `other`.
POSTAGGER_INLINE Floats load(const float* from, int count, Floats other) {
    return _mm512_mask_loadu_ps(other.v, first_lanes(count), from);
}
POSTAGGER_INLINE void store(float* to, Floats x) { _mm512_storeu_ps(to, x.v); }

POSTAGGER_INLINE Floats operator+(Floats a, Floats b) { return _mm512_add_ps(a.v, b.v); }
POSTAGGER_INLINE Floats operator-(Floats a, Floats b) { return _mm512_sub_ps(a.v, b.v); }
POSTAGGER_INLINE Floats operator*(Floats a, Floats b) { return _mm512_mul_ps(a.v, b.v); }
POSTAGGER_INLINE Floats operator/(Floats a, Floats b) { return _mm512_div_ps(a.v, b.v); }
POSTAGGER_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }
POSTAGGER_INLINE Floats min(Floats a, Floats b) { return _mm512_min_ps(a.v, b.v); }
POSTAGGER_INLINE Floats max(Floats a, Floats b) { return _mm512_max_ps(a.v, b.v); }
POSTAGGER_INLINE float largest(Floats x) { return _mm512_reduce_max_ps(x.v); }
// One bit for each lane, set where a >= b.
POSTAGGER_INLINE unsigned at_least(Floats a, Floats b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ); }

// x * 2^n, where n is in the lowest bits of `whole`.
POSTAGGER_INLINE Floats multiply_by_power(Floats x, Floats whole) {
    const __m512i power = _mm512_slli_epi32(_mm512_castps_si512(whole.v), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x.v), power));
}

POSTAGGER_INLINE void prefetch(const float* from) {
    _mm_prefetch(reinterpret_cast<const char*>(from), _MM_HINT_T0);
}

#define POSTAGGER_INT16 1
#define POSTAGGER_INT8 1

struct Ints {
    __m512i v;
    Ints() = default;
    Ints(__m512i value) : v(value) {}
    explicit Ints(int32_t value) : v(_mm512_set1_epi32(value)) {}
};

POSTAGGER_INLINE Ints load(const int32_t* from) { return _mm512_loadu_si512(from); }
POSTAGGER_INLINE Ints load(const int16_t* from) { return _mm512_loadu_si512(from); }
POSTAGGER_INLINE Ints load(const int8_t* from) { return _mm512_loadu_si512(from); }
POSTAGGER_INLINE Floats to_floats(Ints x) { return _mm512_cvtepi32_ps(x.v); }

// GCC copies the sums around each of these instructions when they are written as intrinsics, which takes
// twice the time.
#if defined(__GNUC__) && !defined(__clang__)
#define POSTAGGER_ADD_PRODUCTS(instruction, intrinsic) \
    asm(instruction " %2, %1, %0" : "+v"(sum.v) : "v"(a.v), "v"(b.v))
#else
#define POSTAGGER_ADD_PRODUCTS(instruction, intrinsic) sum.v = intrinsic(sum.v, a.v, b.v)
#endif

// sum + the products of two int16 numbers in each lane.
POSTAGGER_INLINE Ints add_products16(Ints sum, Ints a, Ints b) {
    POSTAGGER_ADD_PRODUCTS("vpdpwssd", _mm512_dpwssd_epi32);
    return sum;
}
// sum + the products of four uint8 numbers (a) with four int8 numbers (b) in each lane.
POSTAGGER_INLINE Ints add_products8(Ints sum, Ints a, Ints b) {
    POSTAGGER_ADD_PRODUCTS("vpdpbusd", _mm512_dpbusd_epi32);
    return sum;
}
#undef POSTAGGER_ADD_PRODUCTS

// Rounds to the nearest whole number; one that is out of range becomes the nearest one within.
POSTAGGER_INLINE void store_rounded(int16_t* to, Floats x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(x.v)));
}
POSTAGGER_INLINE void store_rounded(uint8_t* to, Floats x) {
    const __m512i positive = _mm512_max_epi32(_mm512_cvtps_epi32(x.v), _mm512_setzero_si512());
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtusepi32_epi8(positive));
}

}  // namespace postagger::POSTAGGER_ISA
