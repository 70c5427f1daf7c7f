package server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.databind.json.JsonMapper;

/** The commit with Spring on Tomcat. */
@SpringBootApplication
@RestController
@RestControllerAdvice
public class Server {
    record Account(String project_id, String token, String expired_token, Map<String, String> batches, Account other) {
        Account {
            batches = new ConcurrentHashMap<>(batches);
        }
    }

    static class Refused extends RuntimeException {
        final HttpStatus status;
        final String code;

        Refused(HttpStatus status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    private final Account account = read();

    public static void main(String[] arguments) {
        SpringApplication.run(Server.class, arguments);
    }

    private static Account read() {
        try {
            return JsonMapper.builder().build().readValue(Files.readString(Path.of(System.getenv("ACCOUNT"))), Account.class);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    @PostMapping("/v5/{project}/batch-async-jobs/{batch}/commit")
    ResponseEntity<Object> commit(
            @PathVariable String project,
            @PathVariable String batch,
            @RequestHeader(name = "X-Auth-Token", defaultValue = "") String token,
            @RequestHeader(name = "Content-Type", defaultValue = "") String mediaType,
            @RequestHeader(name = "X-Language", defaultValue = "en-us") String language) {
        Account own = authorised(project, token);
        if (!mediaType.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            throw new Refused(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "APIGW.0201", "The Content-Type must be application/json.");
        }
        boolean chinese = language.equals("zh-cn");
        if (own.batches().replace(batch, "ready", "committed")) {
            String message = chinese ? "批量任务已提交。" : "The batch was submitted.";
            return json(HttpStatus.OK, Map.of("job", Map.of("async_job_id", batch, "status", "COMMIT_SUCCESS", "msg", message)));
        }
        String state = own.batches().get(batch);
        if (state == null) {
            return refusal("DRS.10000010", chinese ? "批量任务不存在。" : "The batch does not exist.");
        }
        return refusal("DRS.10000001", chinese ? "批量任务的状态不允许提交。" : "The batch is " + state + ".");
    }

    private Account authorised(String project, String token) {
        if (token.isEmpty()) {
            throw new Refused(HttpStatus.UNAUTHORIZED, "APIGW.0301", "Incorrect IAM authentication information: x-auth-token not found");
        }
        if (token.equals(account.expired_token())) {
            throw new Refused(HttpStatus.UNAUTHORIZED, "APIGW.0307", "The token must be updated.");
        }
        Account own = token.equals(account.token()) ? account : account.other();
        if (!token.equals(own.token())) {
            throw new Refused(HttpStatus.UNAUTHORIZED, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail");
        }
        if (!project.equals(own.project_id())) {
            throw new Refused(HttpStatus.FORBIDDEN, "APIGW.0302", "The IAM user is not authorized to access the API.");
        }
        return own;
    }

    private static ResponseEntity<Object> json(HttpStatus status, Object body) {
        return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(body);
    }

    private static ResponseEntity<Object> refusal(String code, String message) {
        return json(HttpStatus.BAD_REQUEST, Map.of("error_code", code, "error_msg", message));
    }

    @ExceptionHandler
    ResponseEntity<Object> refused(Refused error) {
        String id = UUID.randomUUID().toString().replace("-", "");
        var answer = ResponseEntity.status(error.status).contentType(MediaType.APPLICATION_JSON).header("X-Request-Id", id);
        if (error.status == HttpStatus.UNAUTHORIZED) {
            answer.header("WWW-Authenticate", "Keystone uri=\"https://iam.example.com/v3\"");
        } else if (error.status == HttpStatus.METHOD_NOT_ALLOWED) {
            answer.header("Allow", "POST");
        }
        return answer.body(Map.of("error_code", error.code, "error_msg", error.getMessage(), "request_id", id));
    }

    @ExceptionHandler
    ResponseEntity<Object> unknown(NoResourceFoundException error) {
        return refused(new Refused(HttpStatus.NOT_FOUND, "APIGW.0101", "The API does not exist or has not been published."));
    }

    @ExceptionHandler
    ResponseEntity<Object> method(HttpRequestMethodNotSupportedException error) {
        return refused(new Refused(HttpStatus.METHOD_NOT_ALLOWED, "APIGW.0101", "The API does not exist for this method."));
    }
}
