import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { tags } from './tags.ts'

/** Runs on schedulers: a Slurm that the tests start, and manifests of Kubernetes against the schemas of its API. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/cluster/**/*.test.ts'],
    fileParallelism: false,
    tags,
    testTimeout: 900_000,
    hookTimeout: 120_000,
  },
})
