/**
 * Returns the path of the program in this package, for this platform.
 * @throws `Error` if there is none for this platform, or if its package was not installed
 */
export declare function program(): string
