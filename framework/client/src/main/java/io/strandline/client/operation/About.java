package io.strandline.client.operation;

import java.util.List;

/** A request that says what its caller needs the right on. */
public interface About {

    /**
     * The resources, one or more.
     *
     * @throws io.strandline.StrandlineException.Invalid if the request is malformed, so that they are unknown
     */
    List<Resource> resources();
}
