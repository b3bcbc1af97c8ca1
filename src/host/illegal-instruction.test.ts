import { expect, test } from 'vitest'
import { illegalInstructionAdvice } from './illegal-instruction.ts'

test.each([
  [{ code: null, signal: 'SIGILL' }, ''],
  [{ code: 132, signal: null }, ''],
  [{ code: 3_221_225_501, signal: null }, ''],
  [{ code: -1_073_741_795, signal: null }, ''],
  [{ code: 1, signal: null }, 'bash: line 1: 4711 Illegal instruction     (core dumped) ./server'],
  [{ code: 2, signal: null }, 'SIGILL: illegal instruction'],
  [{ code: null, signal: 'SIGABRT' }, 'Fatal Python error: Illegal instruction'],
  [{ code: 1, signal: null }, 'zsh: illegal hardware instruction  ./server (core dumped)'],
  [null, 'llama runner process has terminated: signal: illegal instruction (core dumped)'],
])('an end as %j that says “%s” comes of instructions of another processor', (exit, said) => {
  expect(illegalInstructionAdvice(exit, ['loading', said])).toMatch(
    /^It was built for the instructions of another processor .*, or take a generic build\.$/,
  )
})

test.each([
  [{ code: 1, signal: null }, 'cannot open the model'],
  [
    { code: null, signal: 'SIGSEGV' },
    'warning: an illegal instruction may occur on older processors',
  ],
  [null, ''],
])('an end as %j that says “%s” does not', (exit, said) => {
  expect(illegalInstructionAdvice(exit, [said])).toBeNull()
})
