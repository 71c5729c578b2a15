/** The version that is shown; `package.json` has the same (a test compares them). */
export const VERSION = '0.0.0';

/** What this daemon understands of replicated commands; rises with the first that is new. */
export const FEATURE_LEVEL = 1;
