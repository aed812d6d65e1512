using System.Globalization;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A file that is to be uploaded.</summary>
internal sealed record UploadBody
{
    /// <summary>SHA-256 of the whole file: 64 lower-case hex digits. Other bytes are dropped then; left out: it is told once the last byte is here.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Its length in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Only for callers who act for several tenants.</summary>
    public NameId? Tenant { get; init; }
}

/// <param name="Sha256">Null while it is not known yet.</param>
/// <param name="Offset">Bytes received so far.</param>
/// <param name="Reading">What is in the file; null until it was asked to be read.</param>
internal sealed record UploadView(string Id, string? Sha256, long Size, long Offset, bool Complete, UploadReading? Reading = null)
{
    public static UploadView Of(UploadRow upload, long offset, ArtifactReadingRow? reading = null) =>
        new(
            upload.Id,
            upload.Sha256.Length == 0 ? null : upload.Sha256,
            upload.Size,
            offset,
            upload.CompletedAt is not null,
            reading is null ? null : UploadReading.Of(reading)
        );
}

/// <summary><c>/v1/uploads</c>: resumable, and only by who opened it. <c>Upload-Offset</c> tells how far it is.</summary>
internal static class UploadEndpoints
{
    private const string OffsetHeader = "Upload-Offset";

    public static void MapUploads(this IEndpointRouteBuilder routes)
    {
        var uploads = routes.MapGroup("/v1/uploads").WithTags("Uploads");
        uploads
            .MapPost("", PostAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("OpenUpload")
            .WithSummary("Opens an upload for one file.")
            .Produces<UploadView>(StatusCodes.Status201Created);
        uploads
            .MapPut("/{id}", PutAsync)
            .PermitManaging(Function.AppOwner)
            .WithMetadata(new DisableRequestSizeLimitAttribute()) // bytes are counted against what the upload announced
            .WithName("ContinueUpload")
            .WithSummary("Sends the bytes that Content-Range names, from the offset on; the last byte completes it.")
            .Accepts<Stream>("application/octet-stream")
            .Produces<UploadView>()
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        uploads
            .MapGet("/{id}", GetAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("GetUpload")
            .WithSummary("How far an upload is, and what is in its file where that was read.")
            .Produces<UploadView>();
        uploads
            .MapDelete("/{id}", DeleteAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("CancelUpload")
            .WithSummary("Drops what arrived of an upload that is not complete.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status409Conflict);
        uploads.MapWholeFiles();
        uploads
            .MapMethods("/{id}", [HttpMethods.Head], HeadAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("TellUploadOffset")
            .WithSummary("Tells the offset to go on from.")
            .Produces(StatusCodes.Status200OK);
    }

    private static async Task<IResult> PostAsync(HttpContext http, Caller caller, Body<UploadBody> body, OpenUpload open)
    {
        Faults(body.Value).ThrowIfAny();
        if (caller.TenantFor(body.Value.Tenant?.Value, Function.AppOwner) is not { } tenant)
        {
            return body.Value.Tenant is null ? Problems.BadRequest(("/tenant", "is required: the caller acts for several tenants")) : Problems.NotFound();
        }
        var (upload, refusal) = await open.OpenAsync(caller, tenant, body.Value.Sha256, body.Value.Size);
        if (upload is null)
        {
            return refusal!.ToResult();
        }
        Tell(http, 0, upload.Size);
        return Results.Created($"/v1/uploads/{upload.Id}", UploadView.Of(upload, 0));
    }

    private static async Task<IResult> GetAsync(HttpContext http, Caller caller, OpaqueId id, EntitlementsDb db, UploadFiles files)
    {
        if (await FindAsync(db, caller, id) is not { } upload)
        {
            return Problems.NotFound();
        }
        var isComplete = upload.CompletedAt is not null;
        var offset = isComplete ? upload.Size : files.OffsetOf(upload.Id);
        Tell(http, offset, upload.Size);
        var reading = isComplete ? await db.ArtifactReadings.AsNoTracking().SingleOrDefaultAsync(r => r.Sha256 == upload.Sha256) : null; // its bytes were brought
        return Results.Ok(UploadView.Of(upload, offset, reading));
    }

    private static async Task<IResult> DeleteAsync(Caller caller, OpaqueId id, EntitlementsDb db, UploadFiles files, FinishUpload finish)
    {
        if (await FindAsync(db, caller, id) is not { } upload)
        {
            return Problems.NotFound();
        }
        if (upload.CompletedAt is not null)
        {
            return Problems.Conflict("upload_complete", "The upload is complete, and reaches nobody as it is.");
        }
        await using var file = files.TryOpen(upload.Id); // nobody writes to it meanwhile
        if (file is null)
        {
            return Busy;
        }
        await finish.DropAsync(upload, "upload.cancelled");
        return Results.NoContent();
    }

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Busy =>
        Problems.Conflict("upload_busy", "Another request is writing to this upload.");

    private static async Task<IResult> HeadAsync(HttpContext http, Caller caller, OpaqueId id, EntitlementsDb db, UploadFiles files)
    {
        if (await FindAsync(db, caller, id) is not { } upload)
        {
            return Problems.NotFound();
        }
        Tell(http, upload.CompletedAt is null ? files.OffsetOf(upload.Id) : upload.Size, upload.Size);
        return Results.Ok();
    }

    private static async Task<IResult> PutAsync(HttpContext http, Caller caller, OpaqueId id, EntitlementsDb db, UploadFiles files, FinishUpload finish)
    {
        if (await FindAsync(db, caller, id) is not { } upload)
        {
            return Problems.NotFound();
        }
        if (Range(http.Request, upload.Size) is not { } range)
        {
            return Problems.BadRequest("Content-Range must be bytes FIRST-LAST/SIZE of this file, and Content-Length its length.", "invalid_content_range");
        }
        if (upload.CompletedAt is not null)
        {
            return AtOffset(http, upload, upload.Size);
        }
        await using var file = files.TryOpen(upload.Id);
        if (file is null)
        {
            return Busy;
        }
        if (range.First != file.Length)
        {
            return AtOffset(http, upload, file.Length);
        }
        return await ReceiveAsync(http, upload, file, range, finish);
    }

    private static async Task<IResult> ReceiveAsync(HttpContext http, UploadRow upload, FileStream file, (long First, long Last) range, FinishUpload finish)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = range.Last - range.First + 1;
        }
        if (!await UploadFiles.AppendAsync(file, http.Request.BodyReader, range.Last - range.First + 1, http.RequestAborted))
        {
            return Problems.BadRequest("The body is longer than Content-Range says.", "invalid_content_range");
        }
        var offset = file.Length;
        if (offset == upload.Size && !await finish.FinishAsync(upload, file))
        {
            return Problems.Of(
                StatusCodes.Status422UnprocessableEntity,
                "digest_mismatch",
                "The bytes are not what was announced.",
                "Their SHA-256 is another; they were dropped. Open a new upload."
            );
        }
        Tell(http, offset, upload.Size);
        return Results.Ok(UploadView.Of(upload, offset) with { Complete = offset == upload.Size });
    }

    private static IResult AtOffset(HttpContext http, UploadRow upload, long offset)
    {
        Tell(http, offset, upload.Size);
        return Problems.Of(
            StatusCodes.Status409Conflict,
            "upload_offset",
            "The range does not begin where the upload is.",
            members: new Dictionary<string, object?>(StringComparer.Ordinal) { ["offset"] = offset }
        );
    }

    public static void Tell(HttpContext http, long offset, long size)
    {
        http.Response.Headers[OffsetHeader] = offset.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["Upload-Length"] = size.ToString(CultureInfo.InvariantCulture);
    }

    public static Task<UploadRow?> FindAsync(EntitlementsDb db, Caller caller, OpaqueId id)
    {
        var tenants = caller.TenantsHolding(Function.AppOwner); // who is no longer an app owner there has lost the upload too
        return db.Uploads.AsNoTracking().SingleOrDefaultAsync(u => u.Id == id.Value && u.CallerKey == caller.Key && tenants.Contains(u.Tenant));
    }

    private static (long First, long Last)? Range(HttpRequest request, long size) =>
        ContentRangeHeaderValue.TryParse(request.Headers.ContentRange.ToString(), out var range)
        && range is { Unit.Value: "bytes", HasRange: true, HasLength: true, From: { } first, To: { } last }
        && range.Length == size
        && (request.ContentLength is not { } length || length == last - first + 1)
            ? (first, last)
            : null;

    private static IEnumerable<(string, string)> Faults(UploadBody body)
    {
        if (body.Sha256 is not null && !Text.IsSha256(body.Sha256))
        {
            yield return ("/sha256", "must be 64 lower-case hex digits");
        }
        if (body.Size < 1)
        {
            yield return ("/size", "must be 1 or more");
        }
    }
}
