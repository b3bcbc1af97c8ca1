/*
 * Installs real engines, models and voices into one folder outside of the repository: `npm run real:install`.
 * docs/real-stack.md says what that is; what became of each part stands in `stack.json` there.
 */
import { parseArgs } from 'node:util'
import { JarvisError } from '../../src/errors.ts'
import { installAll } from './install-all.ts'
import { recipes } from './parts/index.ts'
import { realFolder } from './place.ts'
import { readStack } from './stack.ts'
import { statusLines } from './status.ts'

const USAGE = `npm run real:install -- [options]

Installs real engines, models and voices for plans/real.yaml and npm run test:real. What is there stays; what was
interrupted goes on. The folder is JARVIS_REAL, else jarvis-real in the cache folder of the user.

  --only NAME   this part alone; may be given several times
  --list        what is there and what is not, with versions, sizes and licences
  --again       also what is there already
  --strict      exit code 1 where a part cannot be installed here (else only where one fails)
  --help

Parts: ${recipes.map(({ name }) => name).join(', ')}`
const EXIT_FAILED = 1
const EXIT_WRONG = 2

try {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only.find((name) => !recipes.some((recipe) => recipe.name === name))
  if (unknown !== undefined)
    throw new JarvisError('USAGE', `There is no part ${unknown}.\n\n${USAGE}`)
  const root = realFolder()
  if (values.help) console.log(USAGE)
  else if (values.list) for (const line of statusLines(readStack(root))) console.log(line)
  else {
    const wanted = recipes.filter(
      ({ name }) => values.only.length === 0 || values.only.includes(name),
    )
    await installAll(root, wanted, { again: values.again, say: (line) => console.log(line) })
    const stack = readStack(root)
    console.log('')
    for (const line of statusLines(stack)) console.log(line)
    const became = wanted.map(({ name }) => stack.parts[name]?.status)
    if (became.includes('failed') || (values.strict && became.includes('skipped'))) {
      process.exitCode = EXIT_FAILED
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = EXIT_WRONG
}
