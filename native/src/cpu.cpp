#include "cpu.hpp"

#if defined(POSTAGGER_X86) && defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace postagger {

#if !defined(POSTAGGER_X86)

Isa best_isa() { return Isa::portable; }

#elif defined(_MSC_VER)

Isa best_isa() {
    int basic[4], extended[4];
    __cpuid(basic, 1);
    __cpuidex(extended, 7, 0);
    const bool saves_registers = basic[2] & (1 << 27);  // OSXSAVE
    const unsigned long long saved = saves_registers ? _xgetbv(0) : 0;
    const bool fma = basic[2] & (1 << 12), avx2 = extended[1] & (1 << 5);
    const bool foundation = extended[1] & (1 << 16), dq = extended[1] & (1 << 17);
    const bool bw = extended[1] & (1 << 30), vl = extended[1] & (1u << 31);
    const bool vnni = extended[2] & (1 << 11);
    if ((saved & 0xe6) == 0xe6 && fma && avx2 && foundation && dq && bw && vl && vnni) return Isa::avx512;
    if ((saved & 0x6) == 0x6 && fma && avx2) return Isa::avx2;
    return Isa::portable;
}

#else

Isa best_isa() {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni")) {
        return Isa::avx512;
    }
    return avx2 ? Isa::avx2 : Isa::portable;
}

#endif

const char* isa_name(Isa isa) {
    switch (isa) {
        case Isa::avx512: return "avx512";
        case Isa::avx2: return "avx2";
        default: return "portable";
    }
}

}  // namespace postagger
