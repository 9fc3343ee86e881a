/**
 * The conformance kit of the state synchronizer. Who writes a {@link io.strandline.sync.spi.RevisionStore} extends {@link
 * io.strandline.testkit.sync.RevisionStoreRules} and {@link io.strandline.testkit.sync.StateSynchronizerRules} with a {@link
 * io.strandline.testkit.sync.RevisionStoreFixture} for it. No rule can be skipped: where stores may differ, the fixture
 * declares which it is, and the rule holds it to that.
 */
@NullMarked
package io.strandline.testkit.sync;

import org.jspecify.annotations.NullMarked;
