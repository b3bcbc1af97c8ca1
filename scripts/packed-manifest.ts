/**
 * `prepare` is for a clone, where it makes `npm ci` build. In the package there is nothing to build: npm runs this with
 * `hide` before it packs, and with `show` afterwards. Where packing was cut off, the next one puts it right.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const PREPARE = '    "prepare": "npm run build",\n'
const FOLLOWING = '    "prepack": '
const path = new URL('../package.json', import.meta.url)

const [word] = process.argv.slice(2)
const text = readFileSync(path, 'utf8')
const without = text.replace(PREPARE, '')
if (!without.includes(FOLLOWING)) throw new Error('package.json has no place for "prepare"')
if (word !== 'hide' && word !== 'show') throw new Error('Expected hide or show')
const wanted = word === 'hide' ? without : without.replace(FOLLOWING, `${PREPARE}${FOLLOWING}`)
if (wanted !== text) writeFileSync(path, wanted)
