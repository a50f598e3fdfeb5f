// --import for the JavaScript peers: the unchanged code stores the columns of $COLUMNS instead of all 25.
import { COLS } from './peers/js_lib.mjs';

COLS.splice(0, COLS.length, .../** @type {string} */ (process.env.COLUMNS).split(','));
