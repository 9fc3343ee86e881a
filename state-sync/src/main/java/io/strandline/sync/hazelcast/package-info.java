/**
 * The store of a cluster: {@link io.strandline.sync.hazelcast.HazelcastRevisionStore}. The only package that needs
 * Hazelcast, which an application that uses it brings along.
 */
@NullMarked
package io.strandline.sync.hazelcast;

import org.jspecify.annotations.NullMarked;
