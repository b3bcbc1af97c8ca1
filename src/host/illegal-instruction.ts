/** What to do about a program that was ended for an instruction which this processor does not have. */
const BUILT_FOR_ANOTHER =
  'It was built for the instructions of another processor (such as AVX-512): build it again without native ' +
  'ones (llama.cpp: `-DGGML_NATIVE=OFF`), or take a generic build.'

/** What a shell, or a container, makes of the signal, and what Windows gives instead of it. */
const CODES = new Set<number | null>([128 + 4, 0xc000001d, 0xc000001d - 2 ** 32])
/** How shells, Go, Python and Ollama say it; the word alone may stand in any warning. */
const SAID =
  /\bSIGILL\b|signal: illegal instruction|\billegal (?:hardware )?instruction\b.*\bcore dumped\b|fatal python error: illegal instruction|^\W*illegal (?:hardware )?instruction\W*$/i

/** What to do where a process ended so, or says that one that works for it did; null where nothing says that. */
export function illegalInstructionAdvice(
  exit: { code: number | null; signal: string | null } | null,
  said: readonly string[] = [],
): string | null {
  const isTold = exit?.signal === 'SIGILL' || (exit !== null && CODES.has(exit.code))
  return isTold || said.some((line) => SAID.test(line)) ? BUILT_FOR_ANOTHER : null
}
