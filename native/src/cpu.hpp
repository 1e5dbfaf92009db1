// Instruction sets: which ones the processor has.
#pragma once

namespace postagger {

/// The instruction sets for which the arithmetic is compiled, each including those before it.
enum class Isa { portable, avx2, avx512 };

/// The best instruction set that processor and operating system support.
Isa best_isa();

const char* isa_name(Isa isa);

}  // namespace postagger
