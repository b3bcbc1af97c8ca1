import type { Recipe } from '../recipe.ts'
import { onPath, told } from '../tools.ts'

/** A synthesiser of rules; it comes with the system. */
export const espeak: Recipe = {
  name: 'espeak-ng',
  title: 'espeak-ng',
  size: 'of the system',
  time: 'none',
  licences: [{ of: 'espeak-ng', licence: 'GPL-3.0-or-later', file: null }],
  revision: [],
  lacks: () =>
    onPath('espeak-ng') === null ? 'not found on PATH: apt-get install espeak-ng' : null,
  async install() {
    const program = onPath('espeak-ng')!
    const version = /\d+(?:\.\d+)+/.exec(told(program, '--version') ?? '')?.[0] ?? null
    return { version, from: ['PATH'], paths: { program } }
  },
}
