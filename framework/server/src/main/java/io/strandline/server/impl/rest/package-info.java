/**
 * The log over HTTP. {@link io.strandline.server.impl.rest.RouteTable} has every route, from which the router and the OpenAPI document
 * are made. Not for applications.
 */
@NullMarked
package io.strandline.server.impl.rest;

import org.jspecify.annotations.NullMarked;
