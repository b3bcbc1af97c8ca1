/** What names a loadout in a run. */
export interface LoadoutName {
  domain: string
  /** The safe name. */
  loadout: string
}

/** Names a loadout by one text. */
export function loadoutKey({ domain, loadout }: LoadoutName): string {
  return `${domain}|${loadout}`
}
