package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.openapi.contract.OpenAPIVersion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The OpenAPI document is one of OpenAPI 3.1, by the schema of the OpenAPI initiative and the validator of Vert.x. */
class OpenApiTest {

    private final ServedShop shop = new ServedShop();

    @AfterEach
    void close() {
        shop.close();
    }

    @Test
    void the_document_is_valid() {
        JsonObject document = shop.http.get("/v1/openapi.json").json();
        SchemaRepository schemas = get(OpenAPIVersion.V3_1.getRepository(shop.vertx, "https://strandline.test/"));
        OutputUnit result = get(OpenAPIVersion.V3_1.validateContract(shop.vertx, schemas, document));
        assertThat(result.getValid()).as(String.valueOf(result.getErrors())).isTrue();
        assertThat(OpenAPIVersion.fromContract(document)).isEqualTo(OpenAPIVersion.V3_1);
        JsonObject broken = document.copy();
        broken.getJsonObject("paths")
                .getJsonObject("/v1/scopes")
                .getJsonObject("get")
                .put("responses", "none");
        assertThat(get(OpenAPIVersion.V3_1.validateContract(shop.vertx, schemas, broken))
                        .getValid())
                .as("a broken document")
                .isFalse();
    }

    @Test
    void every_operation_has_a_name_of_its_own_and_says_how_it_fails() {
        ApiDocument document = new ApiDocument(shop.http.get("/v1/openapi.json").json());
        List<String> ids = new ArrayList<>();
        document.operations().forEach(operation -> {
            ids.add(operation.id());
            assertThat(operation.json().getJsonObject("responses").fieldNames())
                    .as(operation.id())
                    .contains("default");
            assertThat(operation.json().getString("summary")).as(operation.id()).isNotBlank();
        });
        assertThat(ids).doesNotHaveDuplicates();
    }
}
