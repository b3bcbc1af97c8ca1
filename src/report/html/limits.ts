const KIB = 1_024
const MIB = 1_024 * KIB

/** Results that passed and stand in the page; those beyond it are counted only. */
export const MOST_PASSED_ROWS = 40_000
/** All other results that stand in the page. */
export const MOST_OTHER_ROWS = 10_000

/** Characters of one text of a result. */
export const MOST_TEXT = 8_000
/** Characters of the beginning of a text that tables and lists show. */
export const MOST_PREVIEW = 160
/** Characters of a name or an identity. */
export const MOST_NAME = 500
/** Numbers of a list, such as the gaps between chunks. */
export const MOST_NUMBERS = 2_000
/** Errors and attachments of one result. */
export const MOST_PARTS = 20

/** Lines and bytes of the service's log for one result. */
export const MOST_LOG_LINES = 60
export const MOST_LOG_BYTES = 8 * KIB

/** Details of results in one compressed block: what is unpacked when one of them is opened. */
export const DETAILS_PER_BLOCK = 128
/** Characters of JSON after which a block is closed early. */
export const MOST_BLOCK_TEXT = 512 * KIB
/** Compressed details of results that passed, and of the others. */
export const MOST_PASSED_DETAILS = 16 * MIB
export const MOST_OTHER_DETAILS = 8 * MIB

/** One embedded sound or picture, and all of them. */
export const MOST_FILE = MIB
export const MOST_FILES = 12 * MIB

/** Points of the memory curve, and characters of the plan's text. */
export const MOST_SAMPLES = 2_000
export const MOST_PLAN_TEXT = 200_000

/** Columns of numbers that the tables and charts have. */
export const MOST_COLUMNS = 18
