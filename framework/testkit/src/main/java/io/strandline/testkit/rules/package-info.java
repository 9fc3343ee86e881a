/**
 * Conformance suites: what implementations of the log's seams must do, as numbered rules. A test extends a suite and says
 * how its implementation is made and how it crashes; the rules are final, so none can be left out or softened.
 */
@NullMarked
package io.strandline.testkit.rules;

import org.jspecify.annotations.NullMarked;
