/**
 * Who may do what on a log that other processes reach: identities and how they are proven, rules, and the files that hold both.
 * {@link io.strandline.server.security.Security} puts them together, for all doors of a log.
 */
@NullMarked
package io.strandline.server.security;

import org.jspecify.annotations.NullMarked;
