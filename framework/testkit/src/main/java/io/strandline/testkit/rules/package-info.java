/**
 * Conformance suites: rules, with numbers, for implementations of the extension points of the log and of pipelines. A test extends a suite and
 * says how its implementation is made and how it crashes. The rules are final, so none can be left out or weakened.
 */
@NullMarked
package io.strandline.testkit.rules;

import org.jspecify.annotations.NullMarked;
