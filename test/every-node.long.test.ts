// @module-tag long
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { otherNode } from './support/other-node.ts'
import { emptyProject, packBuilt } from './support/packed.ts'

/** The first that `engines` names, and of each line the newest of the day. */
const VERSIONS = ['22.18.0', '22.23.3', '24.21.0', '26.9.0']
const LONGEST_MS = 1_200_000

const nodes = VERSIONS.map((version) => ({ version, program: otherNode(version) }))

describe.each(nodes)('Node $version', ({ version, program }) => {
  const why = program === null ? " (skipped: npm's registry cannot be reached)" : ''
  test.skipIf(program === null)(
    `an empty project takes the packed tarball, and init, doctor and the whole plan pass${why}`,
    { timeout: LONGEST_MS },
    async () => {
      const own = JSON.stringify({ name: 'project', private: true, type: 'module' })
      const programs = [dirname(program!)]
      const { does } = emptyProject({ 'package.json': own }, { programs })
      expect((await does('node', '--version')).output.trim()).toBe(`v${version}`)
      const installed = await does('npm', 'install', '--save-dev', await packBuilt(), 'vitest@5')
      expect(installed.status, installed.output).toBe(0)
      expect(installed.output).not.toContain('EBADENGINE')
      const init = await does('npx', '--no-install', 'jarvis', 'init', '--engine', 'sim')
      expect(init.status, init.output).toBe(0)
      const doctor = await does('npx', '--no-install', 'jarvis', 'doctor')
      expect(doctor.output).toMatch(/^plans\/default\.yaml can run\.$/m)
      const main = await does('npx', 'vitest', 'run', '--config', 'jarvis')
      expect(main.output).toContain('Finished Test Run: PASSED (5 passed, 0 failed, 0 missing)')
      expect(main.output).not.toMatch(/warning/i)
      expect([doctor.status, main.status]).toEqual([0, 0])
    },
  )
})
