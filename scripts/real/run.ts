/*
 * Runs a plan on the real stack: `npm run real` is `jarvis run plans/real.yaml` with the programs and models that
 * `npm run real:install` has put into the cache folder. What follows `--` goes to `jarvis run`.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readStack, stackEnvironment } from './stack.ts'

const PLAN = 'plans/real.yaml'
const EXIT_WRONG = 2

const stack = readStack()
const given = process.argv.slice(2)
if (Object.keys(stack.parts).length === 0) {
  console.error(`There is no real stack in ${stack.root}. Get it with: npm run real:install`)
  process.exitCode = EXIT_WRONG
} else {
  const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const plan = given.some((word) => /\.ya?ml$/.test(word)) ? [] : [PLAN]
  const child = spawn(process.execPath, [command, 'run', ...plan, ...given], {
    stdio: 'inherit',
    env: stackEnvironment(stack),
  })
  // The terminal sends Ctrl+C to both: the run ends in order, and this process with it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('close', (code) => {
    process.exitCode = code ?? 1
  })
}
