import { readFile } from 'node:fs/promises'
import { ownPath } from '../../host/entry.ts'

/** What a browser runs: built from src/report/page. */
export interface PageAssets {
  script: string
  style: string
}

/** Built, or built beside the sources. */
const FOLDERS = ['report/page', '../dist/report/page']

/** Reads the built script and style of the page. @throws Error where the package was not built */
export async function readAssets(): Promise<PageAssets> {
  for (const folder of FOLDERS) {
    const read = (name: string): Promise<string> =>
      readFile(ownPath(import.meta.url, `${folder}/${name}`), 'utf8')
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second only where the first is not there
      const [script, style] = await Promise.all([read('page.js'), read('page.css')])
      return { script, style }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error('The script of the page is not there: build the package with `npm run build`')
}
