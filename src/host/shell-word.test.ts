import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellWord } from './shell-word.ts'

test('a text is one word, in quotes only where it has to be', () => {
  expect(shellWord('logs/submitted/night-1/parts.sbatch')).toBe(
    'logs/submitted/night-1/parts.sbatch',
  )
  expect(shellWord('My Nights/a.sbatch')).toBe("'My Nights/a.sbatch'")
  expect(shellWord('')).toBe("''")
  expect(shellWord('~/a')).toBe("'~/a'")
})

test.skipIf(process.platform === 'win32')('a shell reads it as it was', () => {
  const texts = ["it's", '$(a) `b` "c" \\ # *', '~', 'a\nb', '-n', 'A=b']
  const command = `printf '%s|' ${texts.map(shellWord).join(' ')}`
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`${texts.join('|')}|`)
})
